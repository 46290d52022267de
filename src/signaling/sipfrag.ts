import type { SipAnswer } from './signaling.ts';
import { headerText } from './sip-headers.ts';

/** RFC 3420; the version is the one that RFC 3515 section 2.4.5 names. */
export const SIPFRAG_TYPE = 'message/sipfrag;version=2.0';

/** The status line of a fragment; `undefined` when it begins with none. */
export function parseSipfrag(body: string): SipAnswer | undefined {
  const [, digits, reason = ''] =
    /^\s*SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]{0,200}))?/i.exec(body) ?? [];
  return digits === undefined ? undefined : { status: Number(digits), reason: headerText(reason) };
}

export function serializeSipfrag(status: number, reason: string): string {
  return `SIP/2.0 ${status} ${reason}\r\n`;
}
