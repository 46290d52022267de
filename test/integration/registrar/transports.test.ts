import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { Softphone } from '../../support/registrar/softphone.ts';
import { rawResponse } from '../../support/sip/raw-peer.ts';

const SDP = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n`;
const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const satisfies readonly Transport[];
const PASSWORD = 'correct horse battery';

let engine: RunningEngine;

beforeAll(async () => {
  engine = await RunningEngine.start({
    sip: {
      host: '127.0.0.1',
      port: 0,
      tlsPort: 0,
      wsPort: 0,
      wssPort: 0,
      users: TRANSPORTS.map((username) => ({ username, password: PASSWORD })),
    },
    // Nobody on 127.0.0.1 is a carrier.
    carriers: [{ name: 'elsewhere', inbound: ['127.0.0.99/32'] }],
  });
});

afterAll(() => engine.close());

function open(transport: Transport): Promise<Softphone> {
  const line: object = engine.log.find(({ msg }) => msg === 'SIP ports') ?? {};
  const ports = new Map<string, unknown>(Object.entries(line));
  const port = Number(ports.get(transport === 'udp' || transport === 'tcp' ? 'sip' : transport));
  return Softphone.open({ transport, port, username: transport, password: PASSWORD });
}

describe.each(TRANSPORTS)('a softphone over %s', (transport) => {
  test('registers, calls an agent, is called, and is gone when it takes that back (RFC 3261 section 10)', async () => {
    const phone = await open(transport);
    const registered = await phone.register();
    expect(registered).toMatch(/^SIP\/2\.0 200/);
    expect(registered).toContain(`<${phone.contact}>;expires=120`);
    expect(registered).toMatch(/^Date: .* GMT\r$/m);

    const answer = await phone.call('demo', SDP, `out-${transport}`);
    expect(answer).toMatch(/^SIP\/2\.0 200/);
    expect(await phone.bye(answer, `out-${transport}`)).toMatch(/^SIP\/2\.0 200/);
    const own = await engine.api.ended(await engine.api.newest());
    expect(own).toMatchObject({ carrier: 'softphone', direction: 'inbound' });

    const id = await engine.api.dial({ phone_number: `sip:${transport}` });
    const invite = await phone.accept(SDP);
    expect(invite).toContain(`INVITE ${phone.contact} SIP/2.0`);
    await phone.peer.next(/^ACK/);
    await engine.api.callWith(id, 'in_progress');
    await engine.api.request('POST', `/v1/calls/${id}/stop`);
    const bye = await phone.peer.next(/^BYE/);
    phone.peer.send(rawResponse(bye, '200 OK'));
    await engine.api.ended(id);

    const gone = await phone.register(['Expires: 0']);
    expect(gone).toMatch(/^SIP\/2\.0 200/);
    expect(gone).not.toMatch(/^Contact:/m);
    const nobody = await engine.api.ended(
      await engine.api.dial({ phone_number: `sip:${transport}` }),
    );
    expect(nobody).toMatchObject({ sip_status: 480 });
    phone.close();
  });
});

test.each(['ws', 'wss'] as const)(
  'over %s a registration ends with its connection (RFC 5626 section 5.3)',
  async (transport) => {
    const phone = await open(transport);
    expect(await phone.register()).toMatch(/^SIP\/2\.0 200/);
    expect(await contactsOf(transport)).toBe(1);
    phone.close();
    await until('nobody is registered', async () =>
      (await contactsOf(transport)) === 0 ? true : undefined,
    );
  },
);

async function contactsOf(username: string): Promise<number | undefined> {
  const { body } = await engine.api.request<{
    readonly data: readonly { readonly username: string; readonly registered_contacts: number }[];
  }>('GET', '/v1/sip-users');
  return body.data.find((each) => each.username === username)?.registered_contacts;
}
