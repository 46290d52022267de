import { afterEach, expect, test } from 'vitest';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { type RawPeer, rawRequest } from '../../support/sip/raw-peer.ts';
import { TransportPeer } from '../../support/sip/transport-peer.ts';

let engine: RunningEngine | undefined;

afterEach(() => engine?.close());

test('the engine is heard over every transport that is configured', async () => {
  engine = await RunningEngine.start({
    sip: { host: '127.0.0.1', port: 0, tlsPort: 0, wsPort: 0, wssPort: 0 },
  });
  const line: object = engine.log.find(({ msg }) => msg === 'SIP ports') ?? {};
  const ports = new Map<string, unknown>(Object.entries(line));
  for (const transport of ['tls', 'ws', 'wss'] satisfies Transport[]) {
    const peer = await TransportPeer.connect(transport, { port: Number(ports.get(transport)) });
    const from = { host: peer.host, port: peer.port } as RawPeer;
    const asking = rawRequest({ method: 'BYE', from, callId: transport, toTag: 'none' });
    peer.send(asking.replace('SIP/2.0/UDP', `SIP/2.0/${transport.toUpperCase()}`));
    expect(await peer.next(/^SIP\/2.0/)).toMatch(/^SIP\/2.0 481/);
    peer.close();
  }
});
