import type {
  Attribute,
  Connection,
  MediaDescription,
  SdpLine,
  SessionDescription,
} from './session-description.ts';

/** Writes the lines in the order of RFC 8866 section 9, each ended with CRLF. */
export function serializeSessionDescription(session: SessionDescription): string {
  const { origin } = session;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`,
    `s=${session.sessionName}`,
    ...others(session.otherLines, 'iuep'),
    ...connectionLines(session.connection),
    ...others(session.otherLines, 'b'),
    ...session.timing.map((value) => `t=${value}`),
    ...others(session.otherLines, 'rzk'),
    ...session.attributes.map(attributeLine),
    ...session.media.flatMap(mediaLines),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function mediaLines(media: MediaDescription): string[] {
  const { port, portSuffix, protocol, formats } = media;
  return [
    `m=${media.media} ${port}${portSuffix} ${protocol} ${formats.join(' ')}`,
    ...others(media.otherLines, 'iuep'),
    ...connectionLines(media.connection),
    ...others(media.otherLines, 'brzk'),
    ...media.attributes.map(attributeLine),
  ];
}

function connectionLines(connection: Connection | undefined): string[] {
  if (connection === undefined) return [];
  return [`c=IN ${connection.addressType} ${connection.address}${connection.suffix}`];
}

function attributeLine({ name, value }: Attribute): string {
  return value === undefined ? `a=${name}` : `a=${name}:${value}`;
}

/** The kept lines of these letters; letters in the grammar's order, lines of one letter in the peer's. */
function others(lines: readonly SdpLine[], letters: string): string[] {
  return [...letters].flatMap((letter) =>
    lines.filter((line) => line.type === letter).map((line) => `${letter}=${line.value}`),
  );
}
