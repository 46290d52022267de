import { beforeEach, describe, expect, test } from 'vitest';
import { header } from '../../../src/sip/message/headers.ts';
import { CallFlow } from '../../support/sip/call-flow.ts';

let flow: CallFlow;

beforeEach(() => {
  flow = new CallFlow();
});

/** Bob has answered 200 and the ACK is not there yet. */
function moratorium(): string {
  const dialog = flow.invite();
  flow.arrive();
  flow.answer(180);
  flow.arrive();
  flow.answer(200);
  return dialog;
}

describe('RFC 5407 3.1: a message in the moratorium state (2xx sent, ACK not yet received)', () => {
  test('3.1.1 the initial INVITE again is absorbed by its transaction', () => {
    flow.lose(3);
    const dialog = flow.invite();
    flow.lose(0);
    // The INVITE itself and the 100 arrive late: the caller repeats, the callee answers meanwhile.
    flow.arrive(500);
    flow.arrive();
    flow.answer(200);
    flow.cross();
    flow.alice.acknowledge(dialog);
    flow.arrive();

    expect(flow.bob.count('request')).toBe(1);
    expect(flow.bob.count('ack')).toBe(1);
    expect(flow.bob.userAgent.stats.dialogs).toBe(1);
  });

  test('3.1.2 a CANCEL that crosses the 200 gets 481, and the caller sends ACK and BYE', () => {
    const dialog = flow.invite();
    flow.arrive();
    flow.answer(180);
    flow.arrive();
    const { transaction } = flow.alice.last('response');
    flow.answer(200);
    flow.alice.cancel(transaction);
    flow.cross();
    flow.alice.acknowledge(dialog);
    flow.arrive();

    expect(flow.news.slice(-7)).toEqual(
      expect.arrayContaining(['Alice CANCEL', 'Bob 481', 'Alice ACK', 'Alice BYE']),
    );
    expect(flow.isOver()).toBe(true);
  });

  test('3.1.3 a BYE of the early state that crosses the 200 ends the call', () => {
    const dialog = flow.invite();
    flow.arrive();
    flow.answer(180);
    flow.arrive();
    flow.answer(200);
    flow.alice.request(dialog, 'BYE');
    flow.cross();
    if (flow.bob.last('request').request.method === 'BYE') flow.answer(200);
    flow.alice.acknowledge(dialog);
    flow.arrive();

    expect(flow.isOver()).toBe(true);
    expect(flow.alice.statuses().filter((status) => status >= 200).length).toBeGreaterThan(0);
  });

  test('3.1.4 a re-INVITE before the ACK that was lost is not taken for it (491 until the ACK is there)', () => {
    const dialog = moratorium();
    flow.cross();
    flow.lose();
    flow.alice.acknowledge(dialog);
    flow.alice.request(dialog, 'INVITE', [], 'v=0 moved');
    flow.cross();
    expect(flow.bob.count('ack')).toBe(0);
    // The 200 comes again and so does its ACK.
    flow.arrive(1_000);

    expect(flow.bob.count('ack')).toBe(1);
    expect(flow.alice.statuses()).toContain(491);
    flow.alice.request(dialog, 'INVITE', [], 'v=0 moved');
    flow.cross();
    flow.answer(200);
    flow.arrive();
    flow.alice.acknowledge(dialog);
    flow.arrive();
    expect(flow.bob.count('ack')).toBe(2);
  });

  test('3.1.5 a re-INVITE that overtakes the ACK leaves both in one dialog', () => {
    const dialog = moratorium();
    flow.cross();
    flow.alice.request(dialog, 'INVITE', [], 'v=0 moved');
    flow.alice.acknowledge(dialog);
    flow.arrive();

    expect(flow.bob.count('ack')).toBe(1);
    expect(flow.bob.userAgent.stats.dialogs).toBe(1);
  });

  test('3.1.6 a BYE while the ACK is lost is answered, and the 200 is repeated no more', () => {
    const dialog = moratorium();
    flow.cross();
    flow.lose();
    flow.alice.acknowledge(dialog);
    flow.alice.request(dialog, 'BYE');
    flow.cross();
    flow.answer(200);
    flow.arrive();
    const after = flow.network.trace.length;

    expect(flow.isOver()).toBe(true);
    expect(flow.network.trace.length).toBe(after);
  });
});

describe('RFC 5407 3.2: a message in the mortal state (BYE sent or received)', () => {
  test('3.2.1 two BYEs that cross are both answered 200', () => {
    const dialog = flow.talk();
    flow.alice.request(dialog, 'BYE');
    flow.bob.request(dialog, 'BYE');
    flow.cross();
    for (const side of [flow.alice, flow.bob]) {
      const { request, transaction } = side.last('request');
      if (request.method === 'BYE') side.respond(transaction, 200);
    }
    flow.arrive();

    expect(flow.news.toSorted()).toEqual(expect.arrayContaining(['Alice BYE', 'Bob BYE']));
    expect(flow.isOver()).toBe(true);
  });

  test('3.2.2 a re-INVITE that crosses a BYE gets 481 or 487', () => {
    const dialog = flow.talk();
    flow.alice.request(dialog, 'BYE');
    flow.bob.request(dialog, 'INVITE', [], 'v=0 moved');
    flow.cross();
    flow.bob.respond(flow.bob.last('request').transaction, 200);
    flow.arrive();
    const { request, transaction } = flow.alice.last('request');
    if (request.method === 'INVITE') flow.alice.respond(transaction, 487);
    flow.arrive();

    expect(flow.bob.statuses().some((status) => status === 481 || status === 487)).toBe(true);
    expect(flow.isOver()).toBe(true);
  });

  test('3.2.3 a 200 to a re-INVITE that crosses a BYE is acknowledged all the same', () => {
    const dialog = flow.talk();
    flow.alice.request(dialog, 'INVITE', [], 'v=0 moved');
    flow.cross();
    flow.answer(200);
    flow.alice.request(dialog, 'BYE');
    flow.cross();
    flow.alice.acknowledge(dialog);
    flow.bob.respond(flow.bob.last('request').transaction, 200);
    flow.arrive();

    expect(flow.isOver()).toBe(true);
    expect(flow.bob.userAgent.stats.retransmissions).toBeLessThan(12);
  });

  test('3.2.4 an ACK that arrives after a BYE of the caller changes nothing', () => {
    const dialog = moratorium();
    flow.cross();
    flow.alice.request(dialog, 'BYE');
    flow.alice.acknowledge(dialog);
    flow.cross();
    flow.answer(200);
    flow.arrive();

    expect(flow.alice.statuses().at(-1)).toBe(200);
    expect(flow.isOver()).toBe(true);
  });
});

describe('RFC 5407 3.3: other races', () => {
  test('3.3.1 two re-INVITEs that cross both get 491, and each side may try again', () => {
    const dialog = flow.talk();
    flow.alice.request(dialog, 'INVITE', [], 'v=0 a');
    flow.bob.request(dialog, 'INVITE', [], 'v=0 b');
    flow.arrive();

    expect(flow.alice.statuses().at(-1)).toBe(491);
    expect(flow.bob.statuses().at(-1)).toBe(491);
    expect(flow.news.filter((line) => line.endsWith('ACK')).length).toBe(2);
    flow.alice.request(dialog, 'INVITE', [], 'v=0 a');
    flow.cross();
    flow.answer(200);
    flow.cross();
    expect(flow.alice.statuses().at(-1)).toBe(200);
  });

  test('3.3.2 an UPDATE with an offer that crosses a re-INVITE gets 491', () => {
    const dialog = flow.talk();
    flow.alice.request(dialog, 'UPDATE', [], 'v=0 a');
    flow.bob.request(dialog, 'INVITE', [], 'v=0 b');
    flow.arrive();

    expect(flow.alice.statuses().at(-1)).toBe(491);
    expect(flow.bob.statuses().at(-1)).toBe(491);
  });

  test('3.3.3 a REFER that crosses a BYE gets 481 and makes no subscription', () => {
    const dialog = flow.talk();
    flow.alice.request(dialog, 'BYE');
    flow.bob.request(dialog, 'REFER', [header('Refer-To', '<sip:c@d>')]);
    flow.cross();
    flow.bob.respond(flow.bob.last('request').transaction, 200);
    flow.arrive();
    const { request, transaction } = flow.alice.last('request');
    if (request.method === 'REFER') flow.alice.respond(transaction, 481);
    flow.arrive();

    expect(flow.bob.statuses().at(-1)).toBe(481);
    expect(flow.isOver()).toBe(true);
  });
});
