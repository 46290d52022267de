/** What the far end says of its reasons is kept up to here. */
const MAX_REASON_CHARS = 200;

/** The words of the far end, short enough to keep. */
export function cutReason(reason: string): string {
  return reason.slice(0, MAX_REASON_CHARS);
}
