import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { SrfSignaling } from '../../../src/signaling/srf-signaling.ts';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { headerOf } from '../../support/sip/raw-peer.ts';
import { TortureLine } from '../../support/sip/torture-line.ts';

const FOLDER = '../shared/conformance/rfc4475';
const isPresent = existsSync(`${FOLDER}/expected.tsv`);
const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws'] as const;

/** What the replies to one message may be. */
interface Verdict {
  /** Any of these, when a list; any final status but these, when it begins with `not`. */
  readonly statuses?: readonly number[];
  readonly not?: readonly number[];
  /** What the first reply says besides its status. */
  readonly says?: RegExp;
  /** Where its Via cannot be read, or nothing can be echoed. */
  readonly maySayNothing?: true;
  /** Final replies when it is not one: over a stream two requests may be in one message. */
  readonly streamReplies?: number;
  /** The end of the message cannot be known: the connection is closed after the reply. */
  readonly closesStream?: true;
}

const INVITE: Verdict = { not: [400] };
/** 405 where no registrar is. */
const REGISTER: Verdict = { statuses: [200, 401, 403, 404, 405] };
const OPTIONS: Verdict = { statuses: [200] };
const BAD_REQUEST: Verdict = { statuses: [400] };
/** Refused or done, never passed on. */
const EITHER: Verdict = { not: [] };
const NOTHING: Verdict = { statuses: [], maySayNothing: true };

const VERDICTS: Readonly<Record<string, Verdict>> = {
  wsinv: INVITE,
  intmeth: { statuses: [501, 405, 404] },
  esc01: INVITE,
  escnull: REGISTER,
  esc02: { statuses: [501, 405] },
  lwsdisp: OPTIONS,
  longreq: { not: [400, 513] },
  dblreq: { ...REGISTER, streamReplies: 2 },
  semiuri: { statuses: [200, 404] },
  transports: OPTIONS,
  mpart01: { statuses: [200, 202, 405, 415] },
  unreason: NOTHING,
  noreason: NOTHING,
  badinv01: { ...BAD_REQUEST, maySayNothing: true },
  clerr: BAD_REQUEST,
  ncl: { ...BAD_REQUEST, closesStream: true },
  scalar02: BAD_REQUEST,
  scalarlg: NOTHING,
  quotbal: BAD_REQUEST,
  ltgtruri: BAD_REQUEST,
  lwsruri: BAD_REQUEST,
  lwsstart: EITHER,
  trws: EITHER,
  escruri: EITHER,
  baddate: EITHER,
  regbadct: EITHER,
  badaspec: EITHER,
  baddn: BAD_REQUEST,
  badvers: { statuses: [505] },
  mismatch01: BAD_REQUEST,
  mismatch02: { statuses: [501, 400] },
  badbranch: { statuses: [400, 200] },
  insuf: BAD_REQUEST,
  unkscm: { statuses: [416] },
  novelsc: { statuses: [416, 404] },
  unksm2: { statuses: [400, 416, 404, 401] },
  bext01: {
    statuses: [420],
    says: /^Unsupported: nothingSupportsThis, *nothingSupportsThisEither\r$/m,
  },
  invut: { statuses: [415], says: /^Accept: application\/sdp\r$/m },
  regaut01: { statuses: [401, 200, 405] },
  multi01: BAD_REQUEST,
  mcl01: { ...BAD_REQUEST, closesStream: true },
  bcast: NOTHING,
  zeromf: OPTIONS,
  cparam01: REGISTER,
  cparam02: REGISTER,
  regescrt: REGISTER,
  sdp01: { statuses: [406] },
  inv2543: INVITE,
  bigcode: NOTHING,
  test: NOTHING,
};

/** The top Via names the transport on which the message travels; nothing else is touched. */
function rewriteVia(bytes: Uint8Array, transport: Transport): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const name = transport.toUpperCase();
  const head = /^((?:Via|v)\s*:\s*SIP\s*\/\s*[27]\.0\s*\/\s*)[A-Z]+/im;
  return Buffer.from(text.replace(head, `$1${name}`), 'latin1');
}

function isStream(transport: Transport): boolean {
  return transport === 'tcp' || transport === 'tls';
}

function verdictOver(transport: Transport, name: string): Verdict {
  const verdict = VERDICTS[name] ?? NOTHING;
  // Over a stream it is complete once its rest is there.
  if (isStream(transport)) return name === 'clerr' ? INVITE : verdict;
  const { streamReplies: _replies, closesStream: _closes, ...ofDatagram } = verdict;
  return ofDatagram;
}

/** What a stream goes on waiting for, where a datagram just ends. */
function missing(transport: Transport, name: string, bytes: Uint8Array): Uint8Array | undefined {
  if (!isStream(transport)) return undefined;
  if (name === 'baddn') return Buffer.from('\r\n');
  if (name !== 'clerr') return undefined;
  const bodyBytes = bytes.length - Buffer.from(bytes).indexOf('\r\n\r\n') - 4;
  return Buffer.alloc(9_999 - bodyBytes, '\r\n');
}

function isRight({ statuses, not = [] }: Verdict, status: number): boolean {
  return statuses === undefined ? !not.includes(status) : statuses.includes(status);
}

function expectVerdict(replies: readonly string[], verdict: Verdict): void {
  // Of two requests the first one has the verdict; the other one needs an answer.
  const judged = replies.length === 1 ? replies : replies.filter(isOfRegister);
  const wrong = judged.map(statusOf).filter((status) => !isRight(verdict, status));
  expect(wrong).toEqual([]);
  if (verdict.says !== undefined) expect(replies[0]).toMatch(verdict.says);
}

function isOfRegister(reply: string): boolean {
  return headerOf(reply, 'CSeq').endsWith('REGISTER');
}

function statusOf(reply: string): number {
  return Number(/^SIP\/2\.0 ([0-9]{3})/.exec(reply)?.[1]);
}

describe.skipIf(!isPresent)(
  'RFC 4475 messages on the wire (skipped when the data is not beside the repository)',
  () => {
    let server: EmbeddedSipServer;
    let signaling: SrfSignaling;

    beforeAll(async () => {
      server = await EmbeddedSipServer.start({
        host: '127.0.0.1',
        port: 0,
        allow: ['127.0.0.0/8'],
        listen: { tls: { port: 0, isOptional: false }, ws: { port: 0, isOptional: false } },
      });
      const { controlHost: host, controlPort: port, secret } = server;
      signaling = new SrfSignaling({ host, port, secret });
      await signaling.start({
        onIncoming: (call) => call.reject(404),
        onDisconnected: () => undefined,
      });
    });

    afterAll(async () => {
      await signaling.close();
      await server.close();
    });

    /** An own address for each message, so that no late reply meets another one. */
    let serial = 0;
    function openLine(transport: Transport): Promise<TortureLine> {
      serial += 1;
      const localAddress = `127.${100 + (process.pid % 100)}.${1 + (serial >> 7)}.${1 + (serial & 127)}`;
      const { tls = 0, ws = 0 } = server.ports;
      const port = transport === 'tls' ? tls : transport === 'ws' ? ws : server.port;
      return TortureLine.open({ transport, port, localAddress });
    }

    test.each(
      TRANSPORTS.flatMap((transport) => Object.keys(VERDICTS).map((name) => ({ transport, name }))),
    )('$name over $transport gets its right verdict', async ({ transport, name }) => {
      const verdict = verdictOver(transport, name);
      const line = await openLine(transport);
      const bytes = rewriteVia(readFileSync(`${FOLDER}/${name}.dat`), transport);
      line.send(bytes);
      const rest = missing(transport, name, bytes);
      if (rest !== undefined) {
        // Everybody else is served while it waits for the rest.
        await expectAlive(transport);
        expect(line.unread).toEqual([]);
        line.send(rest);
      }
      const replies = verdict.maySayNothing
        ? await repliesBeforeOptions(line, transport)
        : await finals(line, verdict.streamReplies);

      expectVerdict(replies, verdict);
      if (verdict.closesStream === true) await line.closed;
      await expectAlive(transport);
      expect(line.unread.length).toBeLessThanOrEqual(verdict.maySayNothing ? 1 : 0);
      line.close();
    });

    async function finals(line: TortureLine, count = 1): Promise<readonly string[]> {
      const replies: string[] = [];
      while (replies.length < count) replies.push(await line.final());
      return replies;
    }

    /** What has been answered by the time that an OPTIONS behind it is: over UDP by the same way. */
    async function repliesBeforeOptions(
      line: TortureLine,
      transport: Transport,
    ): Promise<readonly string[]> {
      if (transport === 'udp') await expectAlive(transport);
      else await line.options(`behind-${serial}`);
      return line.unread;
    }

    async function expectAlive(transport: Transport): Promise<void> {
      const line = await openLine(transport);
      expect(statusOf(await line.options(`alive-${serial}`))).toBe(200);
      line.close();
    }
  },
);
