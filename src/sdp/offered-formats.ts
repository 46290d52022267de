import { AUDIO_CODECS, type AudioCodec } from './audio-codec.ts';
import type { LocalFormat } from './local-audio-line.ts';
import type { NegotiatedAudio } from './negotiated-audio.ts';

/** Payload types of digits in our offers, by their clock. An answer keeps the offer's. */
const TELEPHONE_EVENT_PAYLOAD_TYPES: ReadonlyMap<number, number> = new Map([
  [8_000, 101],
  [16_000, 113],
  [48_000, 110],
]);

/** The formats of a line with one codec, as agreed. */
export function agreedFormats(agreed: NegotiatedAudio): readonly LocalFormat[] {
  const { codec, payloadType, telephoneEventPayloadType, comfortNoisePayloadType } = agreed;
  const hz = AUDIO_CODECS[codec].clockRateHz;
  const { telephoneEventClockRateHz: eventsHz = hz } = agreed;
  return [
    { payloadType, codec },
    ...(comfortNoisePayloadType === undefined
      ? []
      : [{ payloadType: comfortNoisePayloadType, noiseHz: hz }]),
    ...(telephoneEventPayloadType === undefined
      ? []
      : [{ payloadType: telephoneEventPayloadType, eventsHz }]),
  ];
}

/**
 * The formats of an offer: codecs in their order, then digits for each of their clocks. Within a call what was agreed comes first, with
 * its payload types: they mean the same for as long as the call lasts (RFC 3264 section 8.3.2), and a hold must not change the codec.
 */
export function offeredFormats(
  codecs: readonly AudioCodec[],
  agreed: NegotiatedAudio | undefined,
): readonly LocalFormat[] {
  const [first, ...besides] = agreed === undefined ? [] : agreedFormats(agreed);
  const kept = first === undefined ? [] : [first, ...besides];
  const others = codecs.filter((codec) => codec !== agreed?.codec).map(codecFormat);
  const events = eventFormats(agreed === undefined ? codecs : [agreed.codec, ...codecs]);
  return [
    ...kept.slice(0, 1),
    ...others.filter((each) => isFree(each, kept)),
    ...besides,
    ...events.filter((each) => isFree(each, kept)),
  ];
}

function isFree({ payloadType, ...format }: LocalFormat, kept: readonly LocalFormat[]): boolean {
  return !kept.some(
    (each) =>
      each.payloadType === payloadType ||
      ('eventsHz' in each && 'eventsHz' in format && each.eventsHz === format.eventsHz),
  );
}

function codecFormat(codec: AudioCodec): LocalFormat {
  return { payloadType: AUDIO_CODECS[codec].payloadType, codec };
}

/** One for each clock of these codecs. */
function eventFormats(codecs: readonly AudioCodec[]): readonly LocalFormat[] {
  const clocks = new Set(codecs.map((codec) => AUDIO_CODECS[codec].clockRateHz));
  return [...TELEPHONE_EVENT_PAYLOAD_TYPES].flatMap(([eventsHz, payloadType]) =>
    clocks.has(eventsHz) ? [{ payloadType, eventsHz }] : [],
  );
}
