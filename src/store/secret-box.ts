import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { TrunklineError } from '../core/errors.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Said in front, so that another form can be told apart later. */
const VERSION = 'v1';
const SALT = 'trunkline secrets';

/** Encrypts what the database must not show: AES-256-GCM with a nonce of its own for each secret. */
export class SecretBox {
  readonly #key: Buffer;

  /** `passphrase`: any text; the longer the better. */
  constructor(passphrase: string) {
    this.#key = scryptSync(passphrase, SALT, KEY_BYTES);
  }

  /** `owner` is bound to the text: under another one it cannot be opened. */
  seal(owner: string, secret: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /** @throws TrunklineError `config-invalid` when it was sealed with another key, for another owner, or was changed */
  open(owner: string, text: string): string {
    const [version, encoded = ''] = text.split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    try {
      if (version !== VERSION) throw new Error('written in another form');
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(owner));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch (cause) {
      const message = 'the passwords in the database were encrypted with another encryptionKey';
      throw new TrunklineError('config-invalid', message, { cause });
    }
  }
}
