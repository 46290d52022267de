import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isIpAddress, isSameHost } from '../sip/ip-address.ts';
import { loadX509 } from './x509.ts';

/** A certificate chain and its key, both PEM. */
export interface SipCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly isSelfSigned: boolean;
}

const FILE = 'sip-tls.pem';
const DAY_MS = 86_400_000;
const VALID_DAYS = 825;
/** A kept certificate that ends sooner is replaced at the start. */
const RENEW_BEFORE_MS = 30 * DAY_MS;
/** A peer's clock may be slow. */
const BACKDATE_MS = DAY_MS;
const OWNER_ONLY = 0o600;
const ALGORITHM = Object.freeze({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });

/**
 * The operator's certificate.
 * @throws Error with one line that names the file when it cannot be read, is no certificate or no key, is over or does not fit the key.
 */
export async function readCertificate(
  certificateFile: string,
  keyFile: string,
  nowMs: number,
): Promise<SipCertificate> {
  const certificate = await readText(certificateFile);
  const key = await readText(keyFile);
  const parsed = attempt(`${certificateFile}: not a PEM certificate`, () => parse(certificate));
  const privateKey = attempt(`${keyFile}: not a PEM key`, () => createPrivateKey(key));
  if (parsed.validToDate.getTime() <= nowMs) {
    throw new Error(`${certificateFile}: the certificate was valid until ${parsed.validTo}`);
  }
  if (!parsed.checkPrivateKey(privateKey)) {
    throw new Error(`${keyFile}: not the key of ${certificateFile}`);
  }
  return { certificate, key, isSelfSigned: false };
}

/** The self-signed certificate in `folder`, made anew when there is none, it ends soon or does not name one of the hosts. */
export async function keptCertificate(
  folder: string,
  hosts: readonly string[],
  nowMs: number,
): Promise<SipCertificate> {
  const file = join(folder, FILE);
  const kept = await readFile(file, 'utf8').catch(() => '');
  const known = usable(kept, hosts, nowMs);
  if (known !== undefined) return known;
  const made = await selfSigned(hosts, nowMs);
  await mkdir(folder, { recursive: true });
  // Whole or not at all, and never readable by others.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', OWNER_ONLY);
  await handle.writeFile(`${made.key}${made.certificate}`);
  await handle.sync();
  await handle.close();
  await rename(draft, file);
  return made;
}

function usable(kept: string, hosts: readonly string[], nowMs: number): SipCertificate | undefined {
  const [key] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(kept) ?? [];
  const [certificate] =
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(kept) ?? [];
  if (key === undefined || certificate === undefined) return undefined;
  try {
    const parsed = parse(certificate);
    const lasts = parsed.validToDate.getTime() - nowMs > RENEW_BEFORE_MS;
    const fits = parsed.checkPrivateKey(createPrivateKey(key));
    const names = namesOf(parsed);
    const namesAll = hosts.every((host) => names.some((name) => isSameHost(name, host)));
    return lasts && fits && namesAll ? { certificate, key, isSelfSigned: true } : undefined;
  } catch {
    // What cannot be read is replaced.
    return undefined;
  }
}

export async function selfSigned(hosts: readonly string[], nowMs: number): Promise<SipCertificate> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = [...new Set([...hosts, hostname(), 'localhost'])];
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: 'CN=trunkline',
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + VALID_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIpAddress(value) ? 'ip' : 'dns', value })),
      ),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    certificate: `${made.toString('pem').trim()}\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    isSelfSigned: true,
  };
}

function parse(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

function namesOf({ subjectAltName }: X509Certificate): readonly string[] {
  return (subjectAltName ?? '').split(', ').map((each) => each.replace(/^(DNS|IP Address):/, ''));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Error(`${file}: ${code}`, { cause: error });
  }
}

function attempt<T>(message: string, parseIt: () => T): T {
  try {
    return parseIt();
  } catch (error) {
    throw new Error(message, { cause: error });
  }
}
