const MAX_CHARS = 120;

/** A status with the words of the peer, fit for logs and people: one line of bounded length. */
export function reasonText(status: number, reason: string): string {
  return `${status} ${reason}`
    .slice(0, MAX_CHARS)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}
