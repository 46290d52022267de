import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RESOLVER_LIMITS, SipResolver } from '../../../src/io/sip-resolver.ts';
import type { LocationTarget } from '../../../src/sip/locate/location-target.ts';
import { type DnsFault, DnsServer } from '../../support/dns/dns-server.ts';

let dns: DnsServer;
let resolver: SipResolver;

beforeEach(async () => {
  dns = await DnsServer.open();
  resolver = new SipResolver({
    servers: [dns.address],
    transports: ['udp', 'tcp'],
    families: ['A', 'AAAA'],
    hostsPath: '/nowhere/hosts',
  });
  dns.add('good.test', { type: 'A', data: '192.0.2.7' });
});

afterEach(() => {
  resolver.close();
  dns.close();
});

async function locate(
  host: string,
  more: Partial<LocationTarget> = {},
): Promise<readonly string[]> {
  const target = { host, port: undefined, transport: undefined, isSecure: false, ...more };
  const found = await resolver.locate(target);
  return found.map((each) => `${each.transport} ${each.host}:${each.port}`);
}

describe('a carrier with everything in DNS', () => {
  beforeEach(() => {
    dns
      .add('carrier.test', { type: 'NAPTR', data: '10 10 s SIP+D2T _sip._tcp.carrier.test' })
      .add('_sip._tcp.carrier.test', { type: 'SRV', data: '20 0 5070 b.carrier.test' })
      .add('_sip._tcp.carrier.test', { type: 'SRV', data: '10 0 5080 a.carrier.test' })
      .add('a.carrier.test', { type: 'A', data: '192.0.2.1' })
      .add('a.carrier.test', { type: 'AAAA', data: '2001:db8::1' })
      .add('b.carrier.test', { type: 'CNAME', data: 'c.carrier.test' })
      .add('b.carrier.test', { type: 'A', data: '192.0.2.2' });
  });

  test('is found in the order of its records (RFC 3263 4.1, 4.2)', async () => {
    expect(await locate('carrier.test')).toEqual([
      'tcp 192.0.2.1:5080',
      'tcp 2001:db8::1:5080',
      expect.stringMatching(/^tcp .*:5070$/),
    ]);
  });

  test('is asked for once, however many calls go there', async () => {
    await Promise.all(Array.from({ length: 50 }, () => locate('carrier.test')));
    const once = dns.asked.length;
    expect(new Set(dns.asked).size).toBe(once);
    await locate('carrier.test');
    expect(dns.asked).toHaveLength(once);
  });

  test('an address that did not answer comes last for a while (RFC 3263 4.3)', async () => {
    resolver.noteDead({ transport: 'tcp', host: '192.0.2.1', port: 5_080 });
    expect((await locate('carrier.test')).at(-1)).toBe('tcp 192.0.2.1:5080');
  });
});

describe('a DNS server that', () => {
  test.each<[DnsFault, number]>([
    ['silence', RESOLVER_LIMITS.locateMs],
    ['servfail', 2_000],
    ['nxdomain', 2_000],
    ['wrong-id', RESOLVER_LIMITS.locateMs],
    ['cname-loop', 2_000],
    ['garbage', RESOLVER_LIMITS.locateMs],
    [{ lateMs: 20_000 }, RESOLVER_LIMITS.locateMs],
  ])('answers with %s costs that name its call and delays no other', async (fault, withinMs) => {
    dns.fail('bad.test', fault);
    const started = performance.now();
    const bad = locate('bad.test');
    expect(await locate('good.test', { port: 5_060 })).toEqual(['udp 192.0.2.7:5060']);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(await bad).toEqual([]);
    expect(performance.now() - started).toBeLessThan(withinMs + 1_000);
  });

  test('truncates is asked again over TCP (RFC 7766 5)', async () => {
    dns.fail('good.test', 'truncated');
    expect(await locate('good.test', { port: 5_060 })).toEqual(['udp 192.0.2.7:5060']);
    expect(dns.askedOverTcp).toBeGreaterThan(0);
  });

  test('answers without end is heard up to the bound', async () => {
    dns.fail('huge.test', 'huge');
    expect((await locate('huge.test', { port: 5_060 })).length).toBeLessThanOrEqual(64);
  });

  test('answers no more leaves the last answer in use', async () => {
    dns.add('short.test', { type: 'A', data: '192.0.2.8', ttl: 0 });
    expect(await locate('short.test', { port: 5_060 })).toEqual(['udp 192.0.2.8:5060']);
    dns.fail('short.test', 'silence');
    expect(await locate('short.test', { port: 5_060 })).toEqual(['udp 192.0.2.8:5060']);
  });

  test('is unreachable for NAPTR and SRV does not keep us from the address', async () => {
    dns.fail('_udp.good.test', 'servfail').fail('_tcp.good.test', 'servfail');
    expect(await locate('good.test')).toEqual(['udp 192.0.2.7:5060']);
  });
});

test('a name of the hosts file asks nothing', async () => {
  expect(await locate('localhost')).toEqual(['udp 127.0.0.1:5060', 'udp ::1:5060']);
  expect(dns.asked).toEqual([]);
});
