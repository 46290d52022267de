import type { RtpCodec, RtpRemote } from '../media/media-engine.ts';
import { AUDIO_CODECS, type AudioCodec } from '../sdp/audio-codec.ts';
import type { AgreedSrtp } from '../sdp/media-security.ts';
import type { MediaTerms } from '../sdp/media-terms.ts';
import type { NegotiatedAudio } from '../sdp/negotiated-audio.ts';

const RTP_CODECS: Readonly<Record<AudioCodec, RtpCodec>> = Object.freeze({
  PCMU: 'PCMU',
  PCMA: 'PCMA',
  G722: 'G722',
  opus: 'opus',
  'L16/8000': 'L16',
  'L16/16000': 'L16',
});

/** What was agreed, in the words of the media engine. */
export function rtpRemoteOf(
  agreed: NegotiatedAudio,
  address: string,
  { strictAddress }: Pick<MediaTerms, 'strictAddress'>,
): RtpRemote {
  const { codec, srtp, telephoneEventPayloadType: events, comfortNoisePayloadType: noise } = agreed;
  const { telephoneEventClockRateHz: eventsHz } = agreed;
  const { offeredPayloadType, offeredTelephoneEventPayloadType: offeredEvents } = agreed;
  return {
    address,
    port: agreed.port,
    codec: RTP_CODECS[codec],
    sampleRateHz: AUDIO_CODECS[codec].sampleRateHz,
    payloadType: agreed.payloadType,
    ...(events !== undefined && { telephoneEventPayloadType: events }),
    ...(eventsHz !== undefined && { telephoneEventClockRateHz: eventsHz }),
    ...(noise !== undefined && { comfortNoisePayloadType: noise }),
    ...(offeredPayloadType !== undefined && { offeredPayloadType }),
    ...(offeredEvents !== undefined && { offeredTelephoneEventPayloadType: offeredEvents }),
    rtcpMux: agreed.rtcpMux,
    ptimeMs: agreed.ptimeMs,
    ...(strictAddress !== undefined && { strictAddress }),
    ...(srtp && { srtp: srtpAgreement(srtp) }),
  };
}

function srtpAgreement({ suite, sendKey, receiveKey }: AgreedSrtp) {
  return { suite, sendKey, receiveKey };
}
