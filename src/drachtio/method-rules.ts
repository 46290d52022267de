/** What an application may come to take; the others are unknown rather than unavailable (RFC 3261 section 8.2.1). */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(
  'INVITE ACK BYE CANCEL REGISTER OPTIONS INFO MESSAGE NOTIFY PRACK PUBLISH REFER SUBSCRIBE UPDATE'.split(
    ' ',
  ),
);

/**
 * Methods compare with case (RFC 3261 section 7.1), but routes are in lower case and drachtio-srf resolves escapes: it would
 * take `invite` or `%42YE` for what they are not.
 */
export const UNROUTABLE = /[a-z%]/;

/** In a dialog that is not confirmed these are shown as requests outside of one: the application has no dialog yet. */
export const NEWS_WHILE_EARLY: readonly string[] = [
  'NOTIFY',
  'OPTIONS',
  'INFO',
  'MESSAGE',
  'PUBLISH',
  'SUBSCRIBE',
];
