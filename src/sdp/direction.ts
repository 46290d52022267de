import type { MediaDescription, SessionDescription } from './session-description.ts';

/** RFC 8866 section 6.7. Always from the view of the side that wrote it. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

const REVERSED: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** The same stream seen from the other side; also the widest answer to an offer (RFC 3264 section 6.1). */
export function reverseDirection(direction: Direction): Direction {
  return REVERSED[direction];
}

/** Media level beats session level; neither means sendrecv. */
export function directionOf(session: SessionDescription, media: MediaDescription): Direction {
  return directionIn(media) ?? directionIn(session) ?? 'sendrecv';
}

/** What is left of a direction when its writer gave no address to send to (RFC 3264 section 8.4, RFC 6337 section 5.3). */
export function withoutReceiving(direction: Direction): Direction {
  return direction === 'sendrecv' || direction === 'sendonly' ? 'sendonly' : 'inactive';
}

export function isSending(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

function directionIn(section: SessionDescription | MediaDescription): Direction | undefined {
  return DIRECTIONS.find((direction) =>
    section.attributes.some((attribute) => attribute.name === direction),
  );
}
