import { bytesToByteString } from '../../../src/core/bytes.ts';
import { fail } from './run-programs.ts';

/** The To tag of answers that a proxy only passes on: their ACK is the caller's affair. */
const FORWARDED = ';tag=P';

/** Watches a wire: what was answered, with what, and whether every 2xx to INVITE got its ACK or its BYE. */
export class AnswerBook {
  readonly #finals = new Map<string, string>();
  readonly #calls = new Map<string, string>();
  readonly #acknowledged = new Set<string>();
  readonly #ended = new Set<string>();

  note(bytes: Uint8Array): void {
    const text = bytesToByteString(bytes);
    const start = text.slice(0, text.indexOf('\r\n'));
    const callId = valueIn(text, 'Call-ID');
    const [sequence = '', method = ''] = valueIn(text, 'CSeq').split(' ');
    if (start.startsWith('ACK ')) this.#acknowledged.add(`${callId}|${sequence}`);
    else if (start.startsWith('BYE ')) this.#ended.add(callId);
    else if (/^SIP\/2.0 [2-6]/.test(start)) this.#noteFinal(text, start, method);
  }

  /** Section 17.2: one final answer for each transaction, repeated as it was. */
  #noteFinal(text: string, start: string, method: string): void {
    const key = `${valueIn(text, 'Via')}|${method}`;
    const known = this.#finals.get(key);
    const isForwarded = valueIn(text, 'To').endsWith(FORWARDED);
    const isCallee = isForwarded && method === 'INVITE' && start.startsWith('SIP/2.0 2');
    // Section 16.7 step 5: every 2xx to INVITE is passed on, whatever was before.
    if (isCallee) return;
    if (known !== undefined && known !== start) fail(`${start} after ${known}`);
    this.#finals.set(key, start);
    if (method !== 'INVITE' || !start.startsWith('SIP/2.0 2')) return;
    const callId = valueIn(text, 'Call-ID');
    this.#calls.set(`${callId}|${valueIn(text, 'CSeq').split(' ')[0]}`, callId);
  }

  /** To be called when everything is over. */
  check(): void {
    for (const [answer, callId] of this.#calls) {
      if (this.#acknowledged.has(answer) || this.#ended.has(callId)) continue;
      fail(`a 2xx without ACK or BYE: ${answer}`);
    }
  }
}

function valueIn(text: string, name: string): string {
  const at = text.indexOf(`\r\n${name}: `);
  return at === -1 ? '' : text.slice(at + name.length + 4, text.indexOf('\r\n', at + 2));
}
