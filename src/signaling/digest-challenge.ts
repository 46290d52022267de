/** Strongest first. */
const ALGORITHMS = ['SHA-512-256', 'SHA-256', 'MD5'] as const;
const MAX_CHALLENGES = 16;
const MAX_TEXT_CHARS = 16_384;
/** `Digest ` before a parameter, or a parameter; a comma follows or the end. */
const SCHEME = /\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]+(?=[A-Za-z0-9!#$%&'*+.^_`|~-]+\s*=)/y;
const PARAMETER =
  /\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)/y;

export type DigestAlgorithm = (typeof ALGORITHMS)[number];

/** One Digest challenge that can be answered (RFC 7616 section 3.3). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: DigestAlgorithm;
  /** The session variant: the key is bound to the first nonces. */
  readonly isSession: boolean;
  /** The algorithm as it was written; undefined: not at all, which means MD5. */
  readonly algorithmToken: string | undefined;
  /** Undefined: RFC 2069 compatible, without client nonce. */
  readonly qop: 'auth' | 'auth-int' | undefined;
  readonly isStale: boolean;
  readonly wantsUserhash: boolean;
  readonly isUtf8: boolean;
}

/**
 * The challenges of a WWW-Authenticate or Proxy-Authenticate header, several of them joined by commas; strongest first, equals in
 * the order of the server's preference. Those of another scheme, algorithm or qop are left out.
 */
export function parseChallenges(text: string): readonly DigestChallenge[] {
  const schemes = readSchemes(text.slice(0, MAX_TEXT_CHARS));
  const challenges = schemes.flatMap(({ scheme, parameters }) =>
    scheme === 'digest' ? (toChallenge(parameters) ?? []) : [],
  );
  return challenges.toSorted((a, b) => strength(b) - strength(a));
}

function strength({ algorithm }: DigestChallenge): number {
  return -ALGORITHMS.indexOf(algorithm);
}

interface Scheme {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

function readSchemes(text: string): readonly Scheme[] {
  const schemes: Scheme[] = [];
  let at = 0;
  while (at < text.length && schemes.length <= MAX_CHALLENGES) {
    const scheme = matchAt(SCHEME, text, at);
    if (scheme !== undefined) {
      schemes.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters: new Map() });
      at += scheme[0].length;
    }
    const parameter = matchAt(PARAMETER, text, at);
    if (parameter === undefined) break;
    const [whole, name = '', quoted, token = ''] = parameter;
    const value = quoted === undefined ? token : quoted.replace(/\\(.)/gs, '$1');
    schemes.at(-1)?.parameters.set(name.toLowerCase(), value);
    at += whole.length;
  }
  return schemes.slice(0, MAX_CHALLENGES);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function toChallenge(parameters: ReadonlyMap<string, string>): DigestChallenge | undefined {
  const realm = parameters.get('realm');
  const nonce = parameters.get('nonce');
  const algorithmToken = parameters.get('algorithm');
  const [name, isSession] = splitSession(algorithmToken ?? 'MD5');
  const algorithm = ALGORITHMS.find((known) => known === name);
  const qop = chooseQop(parameters.get('qop'));
  if (realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  if (qop === 'unknown') return undefined;
  return {
    realm,
    nonce,
    opaque: parameters.get('opaque'),
    algorithm,
    isSession,
    algorithmToken,
    qop,
    isStale: isTrue(parameters.get('stale')),
    wantsUserhash: isTrue(parameters.get('userhash')),
    isUtf8: parameters.get('charset')?.toUpperCase() === 'UTF-8',
  };
}

function splitSession(token: string): readonly [name: string, isSession: boolean] {
  const name = token.toUpperCase();
  return name.endsWith('-SESS') ? [name.slice(0, -'-SESS'.length), true] : [name, false];
}

function chooseQop(text: string | undefined): 'auth' | 'auth-int' | 'unknown' | undefined {
  if (text === undefined) return undefined;
  const offered = text.split(',').map((one) => one.trim().toLowerCase());
  if (offered.includes('auth')) return 'auth';
  return offered.includes('auth-int') ? 'auth-int' : 'unknown';
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}
