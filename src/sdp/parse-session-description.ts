import type {
  Attribute,
  Connection,
  MediaDescription,
  Origin,
  SdpLine,
  SessionDescription,
} from './session-description.ts';

/** Far above what a browser with all its candidates sends. */
const MAX_CHARS = 16_384;
const MAX_MEDIA = 16;
const MAX_FORMATS = 64;

const LINE = /^([vosiuepcbtrzkam])=([^\0\r]*)$/;
const ORIGIN = /^(\S{1,64}) (\d{1,32}) (\d{1,32}) IN (IP4|IP6) (\S{1,255})$/;
const CONNECTION = /^IN (IP4|IP6) ([^\s/]{1,255})((?:\/\d{1,5}){0,2})$/;
const MEDIA = /^([A-Za-z0-9-]{1,32}) (\d{1,5})((?:\/\d{1,5})?) (\S{1,64}) (\S.*)$/;
const ATTRIBUTE = /^([^\s:]{1,64})(?::(.*))?$/;

/**
 * Reads a session description; `undefined` when it is malformed or larger than we take.
 *
 * As strict as RFC 8866 section 5 with what we depend on, lenient where peers in the field are sloppy: bare LF, spaces at
 * a line's end, a missing `s=` or `t=`, any order within a section. An unknown type letter makes it malformed, as that section demands.
 */
export function parseSessionDescription(text: string): SessionDescription | undefined {
  const sections = splitSections(text);
  if (sections === undefined) return undefined;
  const [session = [], ...mediaSections] = sections;
  if (session[0]?.type !== 'v' || session[0].value !== '0') return undefined;

  const origin = parseOrigin(firstValue(session, 'o') ?? '');
  const body = parseBody(session);
  const media = mediaSections.map(parseMedia);
  if (origin === undefined || body === undefined || !media.every((one) => one !== undefined)) {
    return undefined;
  }
  const timing = allValues(session, 't');
  return {
    origin,
    sessionName: firstValue(session, 's') || '-',
    timing: timing.length === 0 ? ['0 0'] : timing,
    ...body,
    media,
  };
}

/** The session's lines, then each media description's, `m=` first. */
function splitSections(text: string): SdpLine[][] | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const rows = text.split(/\r?\n/).map((row) => row.trimEnd());
  while (rows.at(-1) === '') rows.pop();
  let section: SdpLine[] = [];
  const sections = [section];
  for (const row of rows) {
    const [, type, value] = LINE.exec(row) ?? [];
    if (type === undefined || value === undefined) return undefined;
    if (type === 'm') {
      section = [];
      sections.push(section);
    }
    section.push({ type, value });
  }
  return sections.length > MAX_MEDIA + 1 ? undefined : sections;
}

interface Body {
  readonly connection?: Connection;
  readonly attributes: readonly Attribute[];
  readonly otherLines: readonly SdpLine[];
}

/** What a session and a media description have in common. */
function parseBody(lines: readonly SdpLine[]): Body | undefined {
  const attributes = allValues(lines, 'a').map(parseAttribute);
  if (!attributes.every((one) => one !== undefined)) return undefined;
  const otherLines = lines.filter((line) => !'vosctam'.includes(line.type));
  const connectionValue = firstValue(lines, 'c');
  if (connectionValue === undefined) return { attributes, otherLines };
  const connection = parseConnection(connectionValue);
  return connection && { connection, attributes, otherLines };
}

function parseOrigin(value: string): Origin | undefined {
  const [, username, sessionId, sessionVersion, type, address] = ORIGIN.exec(value) ?? [];
  if (!username || !sessionId || !sessionVersion || !address) return undefined;
  return { username, sessionId, sessionVersion, addressType: addressType(type), address };
}

function parseConnection(value: string): Connection | undefined {
  const [, type, address, suffix = ''] = CONNECTION.exec(value) ?? [];
  if (!address) return undefined;
  return { addressType: addressType(type), address, suffix };
}

function parseMedia(lines: readonly SdpLine[]): MediaDescription | undefined {
  const body = parseBody(lines);
  const [, media, portText, portSuffix = '', protocol, formatText] =
    MEDIA.exec(firstValue(lines, 'm') ?? '') ?? [];
  if (!body || !media || !protocol || !formatText) return undefined;
  const port = Number(portText);
  const formats = formatText.trim().split(/ +/);
  if (port > 65_535 || formats.length > MAX_FORMATS) return undefined;
  return { media, port, portSuffix, protocol, formats, ...body };
}

function parseAttribute(text: string): Attribute | undefined {
  const [, name, value] = ATTRIBUTE.exec(text) ?? [];
  if (!name) return undefined;
  return value === undefined ? { name } : { name, value };
}

function addressType(text: string | undefined): 'IP4' | 'IP6' {
  return text === 'IP6' ? 'IP6' : 'IP4';
}

function firstValue(lines: readonly SdpLine[], type: string): string | undefined {
  return lines.find((line) => line.type === type)?.value;
}

function allValues(lines: readonly SdpLine[], type: string): string[] {
  return lines.filter((line) => line.type === type).map((line) => line.value);
}
