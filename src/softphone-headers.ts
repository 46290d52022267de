/**
 * Headers by which networks vouch for a caller and tell what became of a call before it came here (RFC 3325, RFC 5806, RFC 7044, RFC 7315,
 * RFC 8224). A softphone has shown a password and is no network.
 */
const OF_NETWORKS: ReadonlySet<string> = new Set([
  'diversion',
  'history-info',
  'identity',
  'p-asserted-identity',
  'p-attestation-indicator',
  'p-called-party-id',
  'p-origination-id',
  'remote-party-id',
]);

/** What a softphone may tell of its call: nothing that an agent, a record or another network would believe. Names are in lower case. */
export function softphoneHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const own = Object.entries(headers).filter(
    ([name]) => !name.startsWith('x-') && !OF_NETWORKS.has(name),
  );
  return Object.fromEntries(own);
}
