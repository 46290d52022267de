import { createHmac, timingSafeEqual } from 'node:crypto';

const LIFETIME_SECONDS = 24 * 3_600;

/** Links to recordings that work without an API key until they expire. */
export class RecordingLinks {
  readonly #secret: string;
  readonly #baseUrl: () => string;

  constructor(secret: string, baseUrl: () => string) {
    this.#secret = secret;
    this.#baseUrl = baseUrl;
  }

  /** `extension` with its dot. */
  urlOf(callId: string, extension: string, nowMs: number): string {
    const expires = Math.floor(nowMs / 1_000) + LIFETIME_SECONDS;
    const token = this.#sign(callId, expires).toString('base64url');
    return `${this.#baseUrl()}/recordings/${callId}${extension}?expires=${expires}&token=${token}`;
  }

  isValid(callId: string, query: { expires: string; token: string }, nowMs: number): boolean {
    const expires = Number(query.expires);
    if (!Number.isSafeInteger(expires) || expires * 1_000 < nowMs) return false;
    const expected = this.#sign(callId, expires);
    const given = Buffer.from(query.token, 'base64url');
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #sign(callId: string, expires: number): Buffer {
    return createHmac('sha256', this.#secret).update(`${callId}.${expires}`).digest();
  }
}
