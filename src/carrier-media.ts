import type { Carrier, Gateway } from './carriers/carrier.ts';
import type { TrunklineConfig } from './config/schema.ts';
import { spokenCodecs } from './sdp/audio-codec.ts';
import type { MediaTerms } from './sdp/media-terms.ts';

/** What a carrier has settled about the audio of its calls; a gateway may have codecs of its own. */
export function mediaTermsOf(carrier: Carrier, gateway?: Pick<Gateway, 'codecs'>): MediaTerms {
  const { ptimeMs, srtp, strictRtpAddress } = carrier;
  const codecs = spokenCodecs(gateway?.codecs ?? carrier.codecs);
  return {
    ...(codecs !== undefined && { codecs }),
    ...(ptimeMs !== undefined && { ptimeMs }),
    ...(srtp !== undefined && { srtp }),
    ...(strictRtpAddress !== undefined && { strictAddress: strictRtpAddress }),
  };
}

/** The same for everybody who registers here. */
export function softphoneMedia({ sip }: Pick<TrunklineConfig, 'sip'>): MediaTerms {
  const { codecs: names, ptimeMs, srtp } = sip.softphones;
  const codecs = spokenCodecs(names) ?? [];
  return { codecs, srtp, ...(ptimeMs !== undefined && { ptimeMs }) };
}
