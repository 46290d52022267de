const MAX_CHARS = 120;
/** What may be a phone number, and who a URI names: peers write them into their reasons. */
const NUMBER = /\+?\d{6,}/g;
const URI_USER = /(sips?:)[^\s@]*@/gi;

/** A status with the words of the peer, fit for logs and people: one line of bounded length that names nobody. */
export function reasonText(status: number, reason: string): string {
  return `${status} ${reason}`
    .slice(0, MAX_CHARS)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(URI_USER, '$1…@')
    .replace(NUMBER, '…')
    .trim();
}
