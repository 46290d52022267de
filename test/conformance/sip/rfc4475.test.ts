import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesToByteString, noBytes } from '../../../src/core/bytes.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../src/sip/user-agent.ts';

const FOLDER = '../shared/conformance/rfc4475';
const isPresent = existsSync(`${FOLDER}/expected.tsv`);
const NOW = monotonicMs(0);

interface Expectation {
  readonly file: string;
  readonly section: string;
  readonly verdict: 'accept' | 'reject' | 'discard' | 'either' | 'unreferenced';
}

function expectations(): readonly Expectation[] {
  if (!isPresent) return [];
  const [, ...lines] = readFileSync(`${FOLDER}/expected.tsv`, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [file = '', section = '', verdict = ''] = line.split('\t');
    return { file, section, verdict: verdict as Expectation['verdict'] };
  });
}

/** What a user agent does with one message before any application is asked. */
interface Outcome {
  readonly request: string | undefined;
  readonly replies: readonly string[];
  readonly to: readonly string[];
}

function deliver(file: string): Outcome & { readonly userAgent: UserAgent } {
  const userAgent = createUserAgent();
  const bytes = new Uint8Array(readFileSync(`${FOLDER}/${file}`));
  const source = {
    transport: 'udp',
    host: '198.51.100.9',
    port: 5_060,
    connection: undefined,
  } as const;
  userAgent.handleInput({ type: 'received', bytes, source }, NOW);
  let request: string | undefined;
  const replies: string[] = [];
  const to: string[] = [];
  for (let output = userAgent.pollOutput(); output; output = userAgent.pollOutput()) {
    if (output.type === 'request') request = output.transaction;
    if (output.type !== 'send') continue;
    to.push(output.to.host);
    const reply = bytesToByteString(output.bytes);
    if (!reply.startsWith('SIP/2.0 100')) replies.push(reply);
  }
  return { request, replies, to, userAgent };
}

function createUserAgent(): UserAgent {
  let serial = 0;
  return new UserAgent({
    addresses: ['192.0.2.200'],
    port: 5_060,
    timers: DEFAULT_TIMERS,
    createId: () => `id-${++serial}`,
    createToken: () => `token-${++serial}`,
    maxServerTransactions: 100,
  });
}

function statusOf(reply: string | undefined): number {
  return Number(/^SIP\/2\.0 ([0-9]{3}) /.exec(reply ?? '')?.[1] ?? 0);
}

/** Its To has a tag: a request of a dialog that is not there. */
const IN_A_LOST_DIALOG: readonly string[] = ['wsinv.dat'];
/** Rejections that only an application can make: it is the one that reads bodies. */
const APPLICATION_DECIDES: readonly string[] = ['invut.dat', 'sdp01.dat'];
/** What the stack itself answers to the messages it rejects. */
const STATUS: Readonly<Record<string, number>> = {
  'badvers.dat': 505,
  'unkscm.dat': 416,
  'novelsc.dat': 416,
  'bext01.dat': 420,
};

const all = expectations();

describe.skipIf(!isPresent)(
  'RFC 4475 messages (skipped when the data is not beside the repository)',
  () => {
    test('are all there', () => {
      expect(all.filter(({ file }) => !existsSync(`${FOLDER}/${file}`))).toEqual([]);
      expect(all.length).toBeGreaterThanOrEqual(49);
    });

    test.each(all.filter((each) => each.verdict === 'accept'))(
      '$file is given to the application (section $section)',
      ({ file }) => {
        const { request, replies, userAgent } = deliver(file);
        if (IN_A_LOST_DIALOG.includes(file)) {
          expect(replies.map(statusOf)).toEqual([481]);
          return;
        }
        expect(replies).toEqual([]);
        if (request === undefined) throw new Error('the request did not reach the application');

        const answer = { statusCode: 501, reason: 'Not Implemented', headers: [], body: noBytes() };
        expect(userAgent.respond(request, answer, NOW)).not.toHaveProperty('fault');
      },
    );

    test.each(
      all.filter((each) => each.verdict === 'reject' && !APPLICATION_DECIDES.includes(each.file)),
    )('$file is refused without asking the application (section $section)', ({ file }) => {
      const { request, replies } = deliver(file);

      expect(request).toBeUndefined();
      // Section 3.1.2.1: without a readable Via there is nowhere to answer to.
      if (file === 'badinv01.dat') expect(replies).toEqual([]);
      else expect(replies.map(statusOf)).toEqual([STATUS[file] ?? 400]);
    });

    test.each(APPLICATION_DECIDES)('%s is for the application to refuse', (file) => {
      if (isPresent) expect(deliver(file).request).toBeDefined();
    });

    test.each(all.filter((each) => each.verdict === 'discard'))(
      '$file gets no reply (section $section)',
      ({ file }) => {
        const { request, to } = deliver(file);

        expect(request).toBeUndefined();
        expect(to).toEqual([]);
      },
    );

    test.each(all.filter((each) => each.verdict === 'either'))(
      '$file is given to the application or refused with 400 (section $section)',
      ({ file }) => {
        const { request, replies } = deliver(file);

        const isRefused = request === undefined && statusOf(replies[0]) === 400;
        expect(isRefused || (request !== undefined && replies.length === 0)).toBe(true);
      },
    );

    test('test.dat, which names no SIP version, is dropped', () => {
      expect(deliver('test.dat')).toMatchObject({ request: undefined, replies: [] });
    });

    test('bext01.dat is told which extensions nobody supports (section 3.3.5)', () => {
      expect(deliver('bext01.dat').replies[0]).toContain(
        'Unsupported: nothingSupportsThis, nothingSupportsThisEither\r\n',
      );
    });

    test('intmeth.dat gets To and From back byte for byte (section 3.1.1.2)', () => {
      const { request, userAgent } = deliver('intmeth.dat');
      const answer = { statusCode: 501, reason: 'Not Implemented', headers: [], body: noBytes() };
      userAgent.respond(request ?? '', answer, NOW);
      const output = userAgent.pollOutput();
      const reply = output?.type === 'send' ? bytesToByteString(output.bytes) : '';
      const sent = readFileSync(`${FOLDER}/intmeth.dat`, 'latin1');

      for (const name of ['To', 'From']) {
        const value = new RegExp(`^${name}: (.*)\r$`, 'm').exec(sent)?.[1] ?? 'missing';
        expect(reply).toContain(`${name}: ${value}`);
      }
    });

    test('badbranch.dat twice with other Call-IDs makes two transactions (section 3.2.1)', () => {
      const { userAgent, request } = deliver('badbranch.dat');
      const other = readFileSync(`${FOLDER}/badbranch.dat`, 'latin1').replace(
        'badbranch.',
        'another.',
      );
      const bytes = new Uint8Array(Buffer.from(other, 'latin1'));
      const source = {
        transport: 'udp',
        host: '198.51.100.9',
        port: 5_060,
        connection: undefined,
      } as const;
      userAgent.handleInput({ type: 'received', bytes, source }, NOW);
      const output = userAgent.pollOutput();

      expect(output?.type).toBe('request');
      expect(output?.type === 'request' && output.transaction).not.toBe(request);
    });
  },
);
