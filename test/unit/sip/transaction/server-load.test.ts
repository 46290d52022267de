import { beforeEach, describe, expect, test } from 'vitest';
import { Headers } from '../../../../src/sip/message/headers.ts';
import type { SipRequest } from '../../../../src/sip/message/sip-message.ts';
import { ServerLoad } from '../../../../src/sip/transaction/server-load.ts';

let load: ServerLoad;

beforeEach(() => {
  load = new ServerLoad(8);
});

function kept(host: string, octets = 100) {
  const request: SipRequest = {
    type: 'request',
    method: 'OPTIONS',
    uri: 'sip:x',
    headers: Headers.of(['X-Pad', 'x'.repeat(octets / 2)]),
    body: new Uint8Array(octets / 2),
  };
  return { request, source: { host } };
}

function fill(host: string): number {
  for (let count = 0; ; count++) {
    if (!load.admits(kept(host))) return count;
    load.add(kept(host));
  }
}

describe('the load of server transactions', () => {
  test('is half from one address at most, and never more than all', () => {
    expect([fill('a'), fill('b'), fill('c')]).toEqual([4, 4, 0]);
  });

  test('counts a large request for several', () => {
    load.add(kept('a', 12_000));

    expect(fill('a')).toBe(1);
    expect(load.admits(kept('b', 20_000))).toBe(false);
  });

  test('is free again when they are gone', () => {
    fill('a');
    load.add(kept('b', 12_000));
    for (let count = 0; count < 4; count++) load.remove(kept('a'));
    load.remove(kept('b', 12_000));

    expect([fill('a'), fill('b')]).toEqual([4, 4]);
  });
});
