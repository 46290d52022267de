import type { Call } from '../../../src/call/call.ts';
import type { CallInput, CallOutput } from '../../../src/call/call-io.ts';
import { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import type { MediaSessionStats, RtpRemote } from '../../../src/media/media-engine.ts';

const REMOTE: RtpRemote = {
  address: '127.0.0.1',
  port: 40_000,
  codec: 'PCMU',
  sampleRateHz: 8000,
  payloadType: 0,
  rtcpMux: false,
  ptimeMs: 20,
};

const AT = monotonicMs(5_000);
const NO_STATS = {} as MediaSessionStats;

/** One input of every kind, by the name that the tests use for it. */
export const INPUTS = {
  'media-opened': { type: 'media-opened', remote: REMOTE },
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
  ACK: { type: 'acknowledged' },
  moved: { type: 'moved', remote: REMOTE },
  'peer holds': { type: 'moved', remote: undefined, isHeld: true },
  hold: { type: 'hold' },
  held: { type: 'reoffered', isHeld: true },
  resume: { type: 'resume' },
  resumed: { type: 'reoffered', isHeld: false },
  'hold refused': { type: 'reoffer-failed', sipStatus: 488, sipReason: 'Not Acceptable Here' },
  press: { type: 'press', digits: '12#' },
  'INFO 5': { type: 'digit', digit: '5' },
  'peer replaced': { type: 'peer-replaced', by: 'replaces', sipCallId: 'new@host', remote: REMOTE },
  'transfer blind': { type: 'transfer', request: { to: '+4930999', mode: 'blind' } },
  'transfer attended': { type: 'transfer', request: { to: '+4930999', mode: 'attended' } },
  'transfer warm': {
    type: 'transfer',
    request: { to: '+4930999', mode: 'warm', summary: 'It is Ada.', holdSentence: 'Wait.' },
  },
  'transfer bridge': { type: 'transfer', request: { to: '+4930999', mode: 'bridge' } },
  'refer accepted': { type: 'refer-progress', sipStatus: 202, sipReason: 'Accepted' },
  'refer done': { type: 'refer-ended', sipStatus: 200, sipReason: 'OK' },
  'refer refused': { type: 'refer-ended', sipStatus: 603, sipReason: 'Decline' },
  'second ringing': { type: 'second-leg', state: 'ringing', sipStatus: 180, sipReason: '' },
  'second answered': { type: 'second-leg', state: 'answered', sipStatus: 200, sipReason: 'OK' },
  'second told': { type: 'second-leg', state: 'told', sipStatus: 200, sipReason: 'OK' },
  'second busy': { type: 'second-leg', state: 'failed', sipStatus: 486, sipReason: 'Busy Here' },
  'second ended': { type: 'second-leg', state: 'ended', sipStatus: 200, sipReason: 'BYE' },
  'playout ended': {
    type: 'media',
    event: { type: 'playout-ended', atMs: AT, playoutId: 1, reason: 'completed', playedMs: 900 },
  },
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
  dtmf: {
    type: 'media',
    event: {
      type: 'dtmf',
      atMs: AT,
      digit: '5',
      durationMs: 100,
      onsetMs: AT,
      source: 'rfc4733',
    },
  },
  tone: {
    type: 'media',
    event: {
      type: 'tone',
      atMs: AT,
      kind: 'ringback',
      onsetMs: AT,
      durationMs: 2_000,
      frequencyHz: 440,
    },
  },
  'media closed': { type: 'media', event: { type: 'closed', atMs: AT, stats: NO_STATS } },
  'stt-error': {
    type: 'voice',
    input: { type: 'stt-error', error: new TrunklineError('provider-timeout', 'no answer') },
  },
  'recording-failed': {
    type: 'recording-failed',
    error: new TrunklineError('store-unavailable', 'disk full'),
  },
  'recording-written': { type: 'recording-written', path: '/rec/call-1.mp3', durationMs: 4_000 },
  'recording-closed': { type: 'recording-closed' },
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
  if (event.type === 'transfer') return `:transfer ${event.state}`;
  return event.type === 'ended' ? `:ended ${event.termination.reason}` : `:${event.type}`;
}
