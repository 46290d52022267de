import type { Headers } from './message/headers.ts';

/** Option tags of the IANA registry. What these need is the application's to decide; anything else nobody can support. */
const REGISTERED: ReadonlySet<string> = new Set([
  '100rel',
  '199',
  'answermode',
  'early-session',
  'eventlist',
  'explicitsub',
  'from-change',
  'geolocation-http',
  'geolocation-sip',
  'gin',
  'gruu',
  'histinfo',
  'ice',
  'join',
  'multiple-refer',
  'norefersub',
  'nosub',
  'outbound',
  'path',
  'policy',
  'precondition',
  'pref',
  'privacy',
  'recipient-list-invite',
  'recipient-list-message',
  'recipient-list-subscribe',
  'record-aware',
  'replaces',
  'resource-priority',
  'sdp-anat',
  'sec-agree',
  'siprec',
  'tdialog',
  'timer',
  'trickle-ice',
  'uui',
]);

/** The option tags in Require that are not known at all (RFC 3261 section 8.2.2.3). */
export function unknownExtensions(headers: Headers): readonly string[] {
  return headers.values('require').filter((tag) => !REGISTERED.has(tag.toLowerCase()));
}
