import type { DialRequest, DialTarget } from './signaling.ts';

const MAX_HEADERS = 32;
const MAX_NAME_CHARS = 64;
/** Of all together: the SIP server takes messages below 100,000 bytes, and a description is in them too. */
const MAX_TOTAL_BYTES = 32_768;
/** Of a call that came in: a carrier has up to 17 of its own, a REFER two. */
const MAX_PASSED = Object.freeze({ headers: 12, bytes: 16_384 });
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
/** Written by us, the dialog or the SIP server. */
const PROTECTED =
  /^(?:via|v|from|f|to|t|call-id|i|cseq|contact|m|max-forwards|route|record-route|content-.*|c|l|e|allow|allow-events|u|(?:proxy-)?authorization|require|proxy-require|supported|k|session-expires|x|min-se|rseq|rack|user-agent|p-asserted-identity|p-preferred-identity|privacy|date|timestamp|mime-version|x-trunkline-.*)$/i;

/** Why these headers cannot be sent, naming the one that is at fault; undefined when they can. */
export function dialHeaderFault(headers: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) return `more than ${MAX_HEADERS} headers`;
  let totalBytes = 0;
  for (const [name, value] of entries) {
    const fault = nameFault(name) ?? valueFault(name, value);
    if (fault !== undefined) return fault;
    totalBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (totalBytes > MAX_TOTAL_BYTES) {
      return `header ${name}: the headers are longer than ${MAX_TOTAL_BYTES} bytes together`;
    }
  }
  return undefined;
}

/** Of the headers of a call that came in, those that another call can have too, and still have its own. */
export function passableHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {};
  let totalBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value);
    const isFull = Object.keys(passed).length === MAX_PASSED.headers;
    if (isFull || totalBytes + bytes > MAX_PASSED.bytes) continue;
    if (dialHeaderFault({ [name]: value }) !== undefined) continue;
    passed[name] = value;
    totalBytes += bytes;
  }
  return passed;
}

/** What the application adds to an INVITE, the target's own over the call's. @throws Error naming the header that is at fault */
export function dialHeaders(
  request: Pick<DialRequest, 'headers'>,
  target: Pick<DialTarget, 'headers' | 'withheldHeaders'>,
): Readonly<Record<string, string>> {
  const wanted = Object.entries(request.headers ?? {}).filter(
    ([name]) => target.withheldHeaders?.includes(name.toLowerCase()) !== true,
  );
  const headers = { ...Object.fromEntries(wanted), ...target.headers };
  const fault = dialHeaderFault(headers);
  if (fault !== undefined) throw new Error(fault);
  return headers;
}

function nameFault(name: string): string | undefined {
  if (!TOKEN.test(name) || name.length > MAX_NAME_CHARS) {
    return `header ${JSON.stringify(name.slice(0, MAX_NAME_CHARS))}: no valid name`;
  }
  return PROTECTED.test(name) ? `header ${name}: is not for the application to set` : undefined;
}

function valueFault(name: string, value: string): string | undefined {
  const hasControl = Array.from(value).some((char) => char < '\t' || (char > '\t' && char < ' '));
  return hasControl || value.includes('\x7f')
    ? `header ${name}: control characters are not allowed`
    : undefined;
}
