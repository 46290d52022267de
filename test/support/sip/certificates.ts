import { webcrypto } from 'node:crypto';
import { loadX509 } from '../../../src/io/x509.ts';

/** A certificate with its key, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Subject alternative names: `dns:`, `ip:` or `uri:` and the name. */
  readonly names?: readonly string[];
  readonly commonName?: string;
  readonly validFrom?: Date;
  readonly validTo?: Date;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** A certification authority that lives as long as the test. */
export class TestAuthority {
  readonly cert: string;
  readonly #keys: webcrypto.CryptoKeyPair;
  #serial = 1;

  private constructor(cert: string, keys: webcrypto.CryptoKeyPair) {
    this.cert = cert;
    this.#keys = keys;
  }

  static async create(): Promise<TestAuthority> {
    const x509 = await loadX509();
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=Test authority',
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
    });
    return new TestAuthority(made.toString('pem'), keys);
  }

  async issue(options: CertificateOptions = {}): Promise<TestCertificate> {
    const x509 = await loadX509();
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const names = options.names ?? ['ip:127.0.0.1', 'ip:::1', 'dns:localhost'];
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: `02${(++this.#serial).toString(16).padStart(4, '0')}`,
      subject: `CN=${options.commonName ?? 'peer'}`,
      issuer: 'CN=Test authority',
      notBefore: options.validFrom ?? new Date(Date.now() - DAY_MS),
      notAfter: options.validTo ?? new Date(Date.now() + DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions:
        names.length === 0
          ? []
          : [new x509.SubjectAlternativeNameExtension(names.map(generalName))],
    });
    return { cert: made.toString('pem'), key: await pemKey(keys.privateKey) };
  }
}

function generalName(text: string) {
  const at = text.indexOf(':');
  const kind = text.slice(0, at);
  const type = kind === 'ip' ? 'ip' : kind === 'uri' ? 'url' : 'dns';
  return { type, value: text.slice(at + 1) } as const;
}

async function pemKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = der.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}
