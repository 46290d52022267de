import type { Call } from '../../../src/call/call.ts';
import type { CallInput, CallOutput } from '../../../src/call/call-io.ts';
import { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import type { MediaSessionStats, RtpRemote } from '../../../src/media/media-engine.ts';

const REMOTE: RtpRemote = {
  address: '127.0.0.1',
  port: 40_000,
  codec: 'PCMU',
  payloadType: 0,
  rtcpMux: false,
  ptimeMs: 20,
};

const AT = monotonicMs(5_000);
const NO_STATS = {} as MediaSessionStats;

/** One input of every kind, by the name that the tests use for it. */
export const INPUTS = {
  'media-opened': { type: 'media-opened' },
  'media-unavailable': {
    type: 'media-unavailable',
    error: new TrunklineError('media-ports-exhausted', 'no port left'),
  },
  'offer-refused': {
    type: 'offer-refused',
    error: new TrunklineError('no-common-codec', 'only G.729'),
  },
  '100': { type: 'provisional', sipStatus: 100 },
  '180': { type: 'provisional', sipStatus: 180 },
  answered: { type: 'answered', sipCallId: 'id@host', remote: REMOTE },
  'answered without codec': { type: 'answered', sipCallId: 'id@host', remote: undefined },
  moved: { type: 'moved', remote: REMOTE },
  '486': { type: 'failed', sipStatus: 486, sipReason: 'Busy Here' },
  'answer-failed': { type: 'answer-failed', detail: 'gone' },
  CANCEL: { type: 'caller-cancelled' },
  BYE: { type: 'peer-ended', by: 'peer', detail: 'BYE' },
  'hung-up': { type: 'hung-up' },
  stop: { type: 'stop' },
  cancel: { type: 'cancel' },
  shutdown: { type: 'shutdown' },
  'internal-error': { type: 'internal-error', detail: 'boom' },
  'rtp-timeout': {
    type: 'media',
    event: { type: 'rtp-timeout', atMs: AT, silentMs: 10_000 },
  },
  dtmf: { type: 'media', event: { type: 'dtmf', atMs: AT, digit: '5', durationMs: 100 } },
  'media closed': { type: 'media', event: { type: 'closed', atMs: AT, stats: NO_STATS } },
  'stt-error': {
    type: 'voice',
    input: { type: 'stt-error', error: new TrunklineError('provider-timeout', 'no answer') },
  },
  'recording-failed': {
    type: 'recording-failed',
    error: new TrunklineError('store-unavailable', 'disk full'),
  },
  'recording-closed': { type: 'recording-closed', path: '/rec/call-1.wav' },
} as const satisfies Readonly<Record<string, CallInput>>;

export type InputName = keyof typeof INPUTS;

/** What the call wants done, each in a word or two. */
export function drain(call: Call): string[] {
  return outputsOf(call).map(nameOf);
}

export function outputsOf(call: Call): CallOutput[] {
  const outputs: CallOutput[] = [];
  for (let output = call.pollOutput(); output; output = call.pollOutput()) outputs.push(output);
  return outputs;
}

function nameOf(output: CallOutput): string {
  if (output.type === 'reject') return `reject ${output.sipStatus}`;
  if (output.type !== 'event') return output.type;
  const { event } = output;
  return event.type === 'ended' ? `:ended ${event.termination.reason}` : `:${event.type}`;
}
