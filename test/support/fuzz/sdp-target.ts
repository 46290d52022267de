import { readdirSync, readFileSync } from 'node:fs';
import { type AudioCodec, SPOKEN_CODECS } from '../../../src/sdp/audio-codec.ts';
import { SRTP_KEY_OCTETS } from '../../../src/sdp/crypto-attribute.ts';
import type { SrtpMode } from '../../../src/sdp/media-terms.ts';
import type { NegotiatedAudio } from '../../../src/sdp/negotiated-audio.ts';
import { acceptAnswer, answerOffer, createOffer } from '../../../src/sdp/offer-answer.ts';
import { parseSessionDescription } from '../../../src/sdp/parse-session-description.ts';
import { serializeSessionDescription } from '../../../src/sdp/serialize-session-description.ts';
import type { SeededRandom } from '../random/seeded-random.ts';
import { keysOf } from '../sdp/srtp-keys.ts';
import type { FuzzTarget } from './parser-targets.ts';
import { SdpMutator } from './sdp-mutator.ts';

const OFFERS = new URL('../../conformance/sdp/offers/', import.meta.url);
const MODES: readonly SrtpMode[] = ['off', 'accept', 'optional', 'required'];
/** An answer is of the size of its offer, and what our own line takes. */
const MAX_ADDED_CHARS = 1_024;

/** Offers and answers of somebody who means harm. */
export function sdpTarget(): FuzzTarget {
  const seeds = readdirSync(OFFERS).map((name) =>
    readFileSync(new URL(name, OFFERS), 'utf8').replaceAll('\n', '\r\n'),
  );
  return {
    name: 'sdp-grammar',
    seeds: [...seeds, createOffer(local('required')), createOffer(local('optional'))],
    mutate: (seed, random) => new SdpMutator(random).mutate(seed),
    run: runSdp,
  };
}

function local(mode: SrtpMode, codecs: readonly AudioCodec[] = SPOKEN_CODECS) {
  const srtp = { mode, keys: keysOf(1) };
  return { address: '192.0.2.9', port: 4_000, sessionId: 1, codecs, srtp };
}

function runSdp(text: string, random: SeededRandom): void {
  checkReadAgain(text);
  const ours = local(random.pick(MODES) ?? 'accept');
  checkAnswer(text, ours);
  const offer = createOffer(ours);
  const accepted = acceptAnswer(offer, text, { requiresSrtp: random.oneIn(2) });
  if (!accepted.ok) return;
  checkAgreed(accepted.remote, ours.srtp.mode);
  const later = createOffer({ ...ours, agreed: accepted.remote });
  if (parseSessionDescription(later) === undefined) throw new Error('our later offer is malformed');
}

/** What was understood is written so that it is understood the same. */
function checkReadAgain(text: string): void {
  const session = parseSessionDescription(text);
  if (session === undefined) return;
  const written = serializeSessionDescription(session);
  const again = parseSessionDescription(written);
  // Lines that were left out are filled in: it may have become too long, not other.
  if (again === undefined && written.length <= 16_384) throw new Error('cannot be read again');
  if (again !== undefined && serializeSessionDescription(again) !== written) {
    throw new Error('is read as something else');
  }
}

function checkAnswer(text: string, ours: ReturnType<typeof local>): void {
  const answer = answerOffer(text, ours);
  if (!answer.ok) return;
  checkAgreed(answer.remote, ours.srtp.mode);
  const { sdp } = answer;
  // Its `t=` lines are repeated, each with CR and LF.
  const mostChars = text.replace(/\r?\n/g, '\r\n').length + MAX_ADDED_CHARS;
  if (sdp.length > mostChars) throw new Error('the answer is too long');
  if (!/^(?:[a-z]=[^\r\n\0]*\r\n)+$/.test(sdp)) throw new Error('the answer has other lines');
  const lines = parseSessionDescription(sdp)?.media;
  const offered = parseSessionDescription(text)?.media;
  if (lines?.length !== offered?.length) throw new Error('the answer has another number of lines');
  if (lines?.filter((line) => line.port !== 0).length !== 1)
    throw new Error('not one line is ours');
}

function checkAgreed(remote: NegotiatedAudio, mode: SrtpMode): void {
  const { codec, ptimeMs, srtp, port } = remote;
  const types = [
    remote.payloadType,
    remote.telephoneEventPayloadType,
    remote.comfortNoisePayloadType,
  ];
  const isSound =
    SPOKEN_CODECS.includes(codec) &&
    types.every((type = 0) => Number.isInteger(type) && type >= 0 && type <= 127) &&
    [10, 20, 30, 40, 50, 60].includes(ptimeMs) &&
    Number.isInteger(port) &&
    port >= 1 &&
    port <= 65_535;
  if (!isSound) throw new Error(`agreed on ${JSON.stringify(remote)}`);
  if (mode === 'required' && srtp === undefined) throw new Error('agreed on plain RTP');
  if (mode === 'off' && srtp !== undefined) throw new Error('agreed on SRTP');
  if (srtp === undefined) return;
  const octets = SRTP_KEY_OCTETS[srtp.suite];
  if (srtp.sendKey.length !== octets || srtp.receiveKey.length !== octets) {
    throw new Error('a key does not fit its suite');
  }
}
