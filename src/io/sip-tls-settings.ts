import {
  keptCertificate,
  readCertificate,
  type SipCertificate,
  selfSigned,
} from './sip-certificate.ts';
import type { SipTlsOptions } from './sip-tls.ts';
import type { SipWorkerOptions } from './sip-worker-messages.ts';

/**
 * TLS with its certificate: the operator's, or a self-signed one for the addresses when somebody can connect by TLS.
 * @throws Error with one line that says which file is wrong.
 */
export async function openTls(
  { tls, listen, externalIp }: Pick<SipWorkerOptions, 'tls' | 'listen' | 'externalIp'>,
  addresses: readonly string[],
): Promise<SipTlsOptions> {
  const { files, folder, ...settings } = tls;
  const hosts = externalIp === undefined ? addresses : [...addresses, externalIp];
  const isNeeded = files !== undefined || listen.tls !== undefined || listen.wss !== undefined;
  const certificate = isNeeded ? await certificateOf(files, folder, hosts) : undefined;
  return { ...settings, certificate };
}

function certificateOf(
  files: SipWorkerOptions['tls']['files'],
  folder: string | undefined,
  hosts: readonly string[],
): Promise<SipCertificate> {
  const now = Date.now();
  if (files !== undefined) return readCertificate(files.certificate, files.key, now);
  return folder === undefined ? selfSigned(hosts, now) : keptCertificate(folder, hosts, now);
}
