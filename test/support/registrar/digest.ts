import { createHash } from 'node:crypto';

export type Algorithm = 'MD5' | 'SHA-256';

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: Algorithm;
  readonly isStale: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface AnswerOptions extends Credentials {
  readonly method: string;
  readonly uri: string;
  readonly count?: number;
  /** Protects the body too. */
  readonly body?: string;
}

/** The WWW-Authenticate headers of a response, in order. */
export function challengesOf(response: string): readonly Challenge[] {
  return [...response.matchAll(/^WWW-Authenticate: *Digest (.*?)\r?$/gim)].map(([, text = '']) => ({
    realm: /realm="([^"]*)"/.exec(text)?.[1] ?? '',
    nonce: /nonce="([^"]*)"/.exec(text)?.[1] ?? '',
    algorithm: /algorithm=SHA-256/.test(text) ? 'SHA-256' : 'MD5',
    isStale: /stale=true/i.test(text),
  }));
}

/** The value of Authorization that answers a challenge (RFC 7616 section 3.4), written without the code that is tested. */
export function authorizationFor(challenge: Challenge, options: AnswerOptions): string {
  const { realm, nonce, algorithm } = challenge;
  const { username, password, method, uri, count = 1, body } = options;
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const nc = count.toString(16).padStart(8, '0');
  const qop = body === undefined ? 'auth' : 'auth-int';
  const user = hash(`${username}:${realm}:${password}`);
  const request = hash(body === undefined ? `${method}:${uri}` : `${method}:${uri}:${hash(body)}`);
  const response = hash(`${user}:${nonce}:${nc}:cn0nce:${qop}:${request}`);
  return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}, qop=${qop}, nc=${nc}, cnonce="cn0nce"`;
}
