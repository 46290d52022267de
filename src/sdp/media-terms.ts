import type { AudioCodec } from './audio-codec.ts';

/** What of a peer's media is settled beforehand, by the carrier or by the kind of phone. */
export interface MediaTerms {
  /** What may be offered there, in this order, and what its offers are answered with; left out, as `audio-codec.ts` has it. */
  readonly codecs?: readonly AudioCodec[];
  /** Audio per packet where the peer does not ask for a length, and what we ask for. 10 to 60, in tens. */
  readonly ptimeMs?: number;
  /** Left out: `accept`. */
  readonly srtp?: SrtpMode;
  /** Audio is taken from the address of its SDP only, and goes nowhere else. */
  readonly strictAddress?: boolean;
}

export type SrtpMode =
  /** Plain RTP only. */
  | 'off'
  /** Whoever offers SRTP gets it; our own offers are plain. */
  | 'accept'
  /** Our offers have it too, as RTP/AVP with keys, which a peer may leave aside. */
  | 'optional'
  /** Nothing else: RTP/SAVP, and no call without. */
  | 'required';

export const DEFAULT_SRTP_MODE: SrtpMode = 'accept';
