import { describe, expect, test } from 'vitest';
import { noBytes } from '../../../../src/core/bytes.ts';
import { Dialog } from '../../../../src/sip/dialog/dialog.ts';
import { Headers } from '../../../../src/sip/message/headers.ts';
import type { SipRequest, SipResponse } from '../../../../src/sip/message/sip-message.ts';

const SOURCE = { transport: 'udp', host: '192.0.2.1', port: 5_060, connection: undefined } as const;

type Pairs = readonly (readonly [string, string])[];

function request(
  sequence: number,
  more: Pairs = [['Contact', '<sip:a@192.0.2.1>']],
  method = 'INVITE',
): SipRequest {
  const headers = Headers.of(
    ['From', '<sip:a@a>;tag=A'],
    ['To', '<sip:b@b>'],
    ['Call-ID', 'c'],
    ['CSeq', `${sequence} ${method}`],
    ...more,
  );
  return { type: 'request', method, uri: 'sip:b@192.0.2.1', headers, body: noBytes() };
}

function response(more: Pairs): SipResponse {
  const headers = Headers.of(['To', '<sip:b@b>;tag=B'], ['CSeq', '1 INVITE'], ...more);
  return { type: 'response', statusCode: 200, reason: 'OK', headers, body: noBytes() };
}

function uas(more?: Pairs): Dialog {
  return Dialog.ofServer(request(5, more), SOURCE, { tag: 'B', contact: '<sip:me@h>' });
}

function lines(dialog: Dialog, method = 'BYE'): string[] {
  const { uri, headers } = dialog.nextRequest(method);
  return [uri, ...[...headers].map(({ name, value }) => `${name}: ${value}`)];
}

describe('a dialog of a request that we answered', () => {
  test('sends with From and To exchanged, to the Contact (RFC 3261 12.1.1, 12.2.1.1)', () => {
    expect(lines(uas())).toEqual([
      'sip:a@192.0.2.1',
      'Max-Forwards: 70',
      'From: <sip:b@b>;tag=B',
      'To: <sip:a@a>;tag=A',
      'Call-ID: c',
      'CSeq: 1 BYE',
    ]);
  });

  test('goes by the Record-Route in its order (RFC 3261 12.1.1)', () => {
    const dialog = uas([
      ['Contact', '<sip:a@10.0.0.1>'],
      ['Record-Route', '<sip:p1;lr>, <sip:p2;lr>'],
      ['Record-Route', '<sip:p3:5070;lr>'],
    ]);

    expect(lines(dialog).slice(0, 4)).toEqual([
      'sip:a@10.0.0.1',
      'Route: <sip:p1;lr>',
      'Route: <sip:p2;lr>',
      'Route: <sip:p3:5070;lr>',
    ]);
    expect(dialog.destination()).toMatchObject({ host: 'p1', port: 5_060 });
  });

  test('exchanges Request-URI and first route for a strict router (RFC 3261 12.2.1.1)', () => {
    const dialog = uas([
      ['Contact', '<sip:a@10.0.0.1>'],
      ['Record-Route', '<sip:p1>, <sip:p2;lr>'],
    ]);

    expect(lines(dialog).slice(0, 3)).toEqual([
      'sip:p1',
      'Route: <sip:p2;lr>',
      'Route: <sip:a@10.0.0.1>',
    ]);
    expect(dialog.destination()).toMatchObject({ host: 'p1' });
  });

  test('goes to where the request came from when the Contact says another place', () => {
    const dialog = uas([['Contact', '<sip:a@10.9.9.9:7777>']]);

    expect(lines(dialog)[0]).toBe('sip:a@10.9.9.9:7777');
    expect(dialog.destination()).toEqual(SOURCE);
  });

  test('uses the open stream first, then the target', () => {
    const source = { ...SOURCE, transport: 'tcp', port: 40_001, connection: 7 } as const;
    const contact: Pairs = [['Contact', '<sip:a@192.0.2.1:5080;transport=tcp>']];
    const dialog = Dialog.ofServer(request(1, contact), source, { tag: 'B', contact: undefined });

    expect(dialog.destination()).toEqual({
      transport: 'tcp',
      host: '192.0.2.1',
      port: 5_080,
      connection: 7,
    });
  });

  test('takes only newer CSeq numbers (RFC 3261 12.2.2)', () => {
    const dialog = uas();

    expect(dialog.acceptSequence(request(5))).toBe(false);
    expect(dialog.acceptSequence(request(4))).toBe(false);
    expect(dialog.acceptSequence(request(9))).toBe(true);
    expect(dialog.acceptSequence(request(8))).toBe(false);
  });

  test('follows a new Contact, but not to a private address that cannot be reached', () => {
    const dialog = uas();
    dialog.refreshTarget(request(6, [['Contact', '<sip:a@198.51.100.4:5090>']]), SOURCE);
    expect(dialog.destination()).toMatchObject({ host: '198.51.100.4', port: 5_090 });
    dialog.refreshTarget(request(7, [['Contact', '<sip:a@192.168.1.4>']]), SOURCE);
    expect(dialog.destination()).toEqual(SOURCE);
  });

  test('reaches a caller without Contact by its From (RFC 2543)', () => {
    expect(lines(uas([]))[0]).toBe('sip:a@a');
  });
});

describe('a dialog of a request that was answered to us', () => {
  const contact: Pairs = [['Contact', '<sip:b@192.0.2.1>']];
  const dialog = (more: Pairs = contact) => Dialog.ofClient(request(1), response(more), SOURCE);

  test('sends with From and To as they were, CSeq going on (RFC 3261 12.1.2)', () => {
    expect(lines(dialog())).toEqual([
      'sip:b@192.0.2.1',
      'Max-Forwards: 70',
      'From: <sip:a@a>;tag=A',
      'To: <sip:b@b>;tag=B',
      'Call-ID: c',
      'CSeq: 2 BYE',
    ]);
  });

  test('goes by the Record-Route in reverse (RFC 3261 12.1.2)', () => {
    const routed = dialog([...contact, ['Record-Route', '<sip:p1;lr>, <sip:p2;lr>']]);

    expect(lines(routed).slice(1, 3)).toEqual(['Route: <sip:p2;lr>', 'Route: <sip:p1;lr>']);
  });

  test('takes the CSeq that the user insists on and goes on from there', () => {
    const own = dialog();

    expect(own.nextRequest('INVITE', 7).headers.at(-1)?.value).toBe('7 INVITE');
    expect(own.nextRequest('BYE').headers.at(-1)?.value).toBe('8 BYE');
  });

  test('has the same name on both sides', () => {
    expect(dialog().id).toBe('c;from-tag=A');
    expect(uas().id).toBe('c;from-tag=A');
  });
});
