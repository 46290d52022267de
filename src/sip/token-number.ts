/** A number from 0 to `bound` - 1 that is as random as the token (FNV-1a). */
export function tokenNumber(token: string, bound: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < token.length; at++) {
    hash = Math.imul(hash ^ token.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) % bound;
}
