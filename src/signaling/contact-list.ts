const MAX_CONTACTS = 64;
/** A quoted string, something in angle brackets, or what is between. */
const PIECE = /"(?:[^"\\]|\\.)*"|<[^>]*>|[^",<]+|,|["<]/g;

/** One value of a Contact, Path, Service-Route or similar header (RFC 3261 section 20.10). */
export interface Contact {
  readonly uri: string;
  /** Lower-case names; quotes as they came. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Those that can be read, at most {@link MAX_CONTACTS}. */
export function parseContacts(text: string | undefined): readonly Contact[] {
  return splitValues(text ?? '')
    .slice(0, MAX_CONTACTS)
    .flatMap((value) => parseContact(value) ?? []);
}

/** At the commas that are in no quotes and no angle brackets. */
function splitValues(text: string): readonly string[] {
  const values = [''];
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === ',') values.push('');
    else values.push(`${values.pop() ?? ''}${piece}`);
  }
  return values.map((value) => value.trim()).filter((value) => value !== '');
}

function parseContact(value: string): Contact | undefined {
  const bracketed = /^(?:"(?:[^"\\]|\\.)*"\s*|[^"<]*)<([^>]*)>(.*)$/s.exec(value);
  const [uri = '', rest = ''] = bracketed
    ? [bracketed[1], bracketed[2]]
    : // Without brackets the parameters are the header's (RFC 3261 section 20.10).
      (/^([^;]*)(.*)$/s.exec(value)?.slice(1) ?? []);
  if (uri.trim() === '') return undefined;
  const parameters = new Map<string, string>();
  for (const parameter of rest.split(';').slice(1)) {
    const [name = '', content = ''] = parameter.split('=', 2);
    if (name.trim() !== '') parameters.set(name.trim().toLowerCase(), content.trim());
  }
  return { uri: uri.trim(), parameters };
}
