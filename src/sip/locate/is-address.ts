/** Whether a host is an IPv4 or IPv6 address, with or without brackets, and no name. */
export function isAddress(host: string): boolean {
  return host.includes(':') || /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(host);
}
