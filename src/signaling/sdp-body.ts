import type { SrfMessage } from './srf-client.ts';

/** The session description of a message, alone or in a multipart body; `none` without a body, `other` for anything else. */
export type SdpBody =
  | { readonly kind: 'sdp'; readonly sdp: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'other' };

const SDP_TYPE = /^\s*application\/sdp\b/i;

export function sdpBodyOf(message: SrfMessage): SdpBody {
  const { body = '' } = message;
  if (body.trim() === '') return { kind: 'none' };
  const contentType = message.get('content-type') ?? '';
  if (SDP_TYPE.test(contentType)) return { kind: 'sdp', sdp: body };
  if (!/^\s*multipart\//i.test(contentType)) return { kind: 'other' };
  const part = message.payload?.find(({ type }) => SDP_TYPE.test(type ?? ''));
  if (part?.content === undefined) return { kind: 'other' };
  // The library leaves the closing delimiter on the last part (RFC 2046 section 5.1.1).
  const [sdp = ''] = part.content.split('\r\n--', 1);
  return { kind: 'sdp', sdp: `${sdp}\r\n` };
}

/** As {@link sdpBodyOf}, for those who make no difference between no body and a strange one. */
export function sdpTextOf(message: SrfMessage): string | undefined {
  const body = sdpBodyOf(message);
  return body.kind === 'sdp' ? body.sdp : undefined;
}
