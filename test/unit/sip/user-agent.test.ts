import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Logged,
  VirtualNetwork,
  type VirtualNode,
} from '../../support/sip/virtual-network.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';

interface Pair {
  readonly network: VirtualNetwork;
  readonly a: VirtualNode;
  readonly b: VirtualNode;
}

function pair(options: ConstructorParameters<typeof VirtualNetwork>[0] = {}): Pair {
  const network = new VirtualNetwork(options);
  return { network, a: network.node(A), b: network.node(B) };
}

/** A calls B, B answers, A acknowledges. */
function talking(): Pair & { readonly dialog: string } {
  const all = pair();
  all.a.invite(B);
  all.network.deliver();
  all.b.respond(all.b.last('request').transaction, 200);
  all.network.deliver();
  const { dialog = '' } = all.a.last('response');
  all.a.acknowledge(dialog);
  all.network.deliver();
  return { ...all, dialog };
}

function leftovers({ a, b }: Pair): unknown {
  const of = ({ stats }: VirtualNode['userAgent']) => [
    stats.transactions,
    stats.dialogs,
    stats.pendingTimers,
  ];
  return [of(a.userAgent), of(b.userAgent)];
}

const NOTHING = [
  [0, 0, 0],
  [0, 0, 0],
];

/** The headers of a request of A in its dialog with B, as B knows them. */
function inDialog(
  pairOf: Pair,
  method: string,
  sequence: number,
  more: readonly string[] = [],
): string {
  const invite = pairOf.b.log.find((each) => each.type === 'request');
  const from = invite?.type === 'request' ? (invite.request.headers.first('from') ?? '') : '';
  const to = pairOf.a.last('response').response.headers.first('to') ?? '';
  return [
    `${method} sip:${B}:5060 SIP/2.0`,
    `Via: SIP/2.0/UDP ${A}:5060;branch=z9hG4bK-${method}-${sequence}`,
    `From: ${from}`,
    `To: ${to}`,
    'Call-ID: call',
    `CSeq: ${sequence} ${method}`,
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

describe('a call', () => {
  test('leaves nothing behind once both sides are done with it', () => {
    const all = talking();
    all.a.request(all.dialog, 'BYE');
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 200);
    all.network.run();

    expect(all.a.statuses()).toEqual([200, 200]);
    expect(all.b.count('ack')).toBe(1);
    expect(all.a.count('dialog-ended')).toBe(1);
    expect(all.b.count('dialog-ended')).toBe(1);
    expect(leftovers(all)).toEqual(NOTHING);
  });

  test('rings with 180 in an early dialog and is refused (RFC 3261 12.3)', () => {
    const all = pair();
    all.a.invite(B);
    all.network.deliver();
    const { transaction } = all.b.last('request');
    all.b.respond(transaction, 180);
    all.network.deliver();
    expect(all.a.userAgent.stats.dialogs).toBe(1);
    all.b.respond(transaction, 486);
    all.network.run();

    expect(all.a.statuses()).toEqual([180, 486]);
    expect(leftovers(all)).toEqual(NOTHING);
  });

  test('whose callee is not there fails with 408 after 64*T1 (RFC 3261 8.1.3.1)', () => {
    const network = new VirtualNetwork();
    const a = network.node(A);
    a.invite('10.0.0.9');
    network.run();

    expect(a.statuses()).toEqual([408]);
    expect(network.now).toBe(32_000);
    expect(network.trace.length).toBe(7);
  });

  test('has its 200 repeated up to every T2 until 64*T1, then a BYE (RFC 3261 13.3.1.4)', () => {
    const all = pair();
    all.a.invite(B);
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 200);
    all.network.run(31_999);
    const answers = all.network.trace.filter((each) => each === `${B} SIP/2.0 200 Reason`);
    all.network.run(32_000);

    expect(answers.length).toBe(11);
    expect(all.b.last('unsolicited-bye').sent.message.headers.first('reason')).toContain(
      'ACK timeout',
    );
    expect(all.b.userAgent.stats.dialogs).toBe(0);
  });

  test('has its ACK repeated for every repeated 200, which the user does not see (RFC 3261 13.2.2.4)', () => {
    const lost = new Set<number>();
    const all = pair({ loses: (index) => lost.has(index) });
    all.a.invite(B);
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 200);
    all.network.deliver();
    lost.add(all.network.trace.length);
    all.a.acknowledge(all.a.last('response').dialog ?? '');
    all.network.run(600);

    expect(all.network.trace.filter((each) => each.includes(' ACK ')).length).toBe(2);
    expect(all.a.statuses()).toEqual([200]);
    expect(all.b.count('ack')).toBe(1);
    all.network.run();
    expect(all.b.count('unsolicited-bye')).toBe(0);
  });

  test('that nobody on our side answers is forgotten without a word', () => {
    const all = pair();
    all.a.invite(B);
    all.network.deliver();
    all.b.userAgent.forget(all.b.last('request').transaction, all.network.now);

    expect(all.b.respond(all.b.last('request').transaction, 200)).toEqual({
      fault: 'unknown-transaction',
    });
    expect(all.network.trace.at(-1)).toBe(`${B} SIP/2.0 100 Trying`);
    expect(all.b.userAgent.stats.transactions).toBe(0);
  });
});

describe('CANCEL', () => {
  test('waits for a provisional response, then ends the call with 487 (RFC 3261 9.1)', () => {
    const all = pair();
    const { transaction } = all.a.invite(B);
    all.a.cancel(transaction);
    expect(all.network.trace.length).toBe(1);
    all.network.run();

    expect(all.network.trace).toContain(`${A} CANCEL sip:x@${B} SIP/2.0`);
    expect(all.a.statuses()).toEqual([487]);
    expect(all.b.count('cancelled')).toBe(1);
    expect(leftovers(all)).toEqual(NOTHING);
  });

  test('that crosses the 200 still ends the call: 481, ACK and BYE (RFC 5407 3.1.2)', () => {
    const all = pair({ delayMs: 10 });
    const { transaction } = all.a.invite(B);
    all.network.run(10);
    all.b.respond(all.b.last('request').transaction, 180);
    all.network.run(20);
    all.b.respond(all.b.last('request').transaction, 200);
    all.a.cancel(transaction);
    all.network.run(60);

    expect(all.a.statuses()).toEqual([180, 200]);
    expect(all.network.trace).toContain(`${B} SIP/2.0 481 Call/Transaction Does Not Exist`);
    expect(all.b.last('unsolicited-bye').sent.message.headers.first('reason')).toContain(
      'CANCEL after 200 OK',
    );
    all.a.acknowledge(all.a.last('response').dialog ?? '');
    all.network.run(100);
    expect(all.a.userAgent.stats.dialogs + all.b.userAgent.stats.dialogs).toBe(0);
  });

  test('of an INVITE that is not there is answered 481 (RFC 3261 9.2)', () => {
    const all = pair();
    const { transaction } = all.a.invite(B);
    expect(all.b.cancel(transaction)).toEqual({ fault: 'unknown-transaction' });
    all.b.receiveText(inviteText('other').replaceAll('INVITE', 'CANCEL'));

    expect(all.network.trace).toContain(`${B} SIP/2.0 481 Call/Transaction Does Not Exist`);
  });

  test('twice is answered twice and reported once', () => {
    const all = pair();
    all.b.receiveText(inviteText('twice'));
    const cancel = inviteText('twice').replaceAll('INVITE', 'CANCEL');
    all.b.receiveText(cancel);
    all.b.receiveText(cancel);

    expect(all.b.count('cancelled')).toBe(1);
    expect(all.network.trace.filter((each) => each.includes('200 OK')).length).toBe(2);
  });

  test('makes a later answer of the user a fault', () => {
    const all = pair();
    const { transaction } = all.a.invite(B);
    all.a.cancel(transaction);
    all.network.deliver();

    expect(all.b.respond(all.b.last('request').transaction, 200)).toHaveProperty('fault');
  });
});

function inviteText(
  callId: string,
  more: readonly string[] = [],
  tags = { from: 'f', to: '' },
): string {
  return [
    `INVITE sip:x@${B} SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bK-${callId}`,
    `From: <sip:a@a>;tag=${tags.from}`,
    `To: <sip:x@${B}>${tags.to}`,
    `Call-ID: ${callId}`,
    'CSeq: 1 INVITE',
    'Contact: <sip:a@192.0.2.99>',
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

describe('in a dialog', () => {
  test('an older or repeated CSeq is answered 500 (RFC 3261 12.2.2)', () => {
    const all = talking();
    all.b.receiveText(inDialog(all, 'INFO', 1), A);

    expect(all.network.trace.at(-1)).toBe(`${B} SIP/2.0 500 Server Internal Error`);
  });

  test('an INVITE while our own is pending is answered 491 (RFC 3261 14.2)', () => {
    const all = talking();
    all.b.request(all.dialog, 'INVITE');
    all.b.receiveText(inDialog(all, 'INVITE', 2, [`Contact: <sip:a@${A}>`]), A);

    expect(all.network.trace.at(-1)).toBe(`${B} SIP/2.0 491 Request Pending`);
  });

  test('two re-INVITEs that cross both fail with 491 (RFC 5407 3.2.1)', () => {
    const all = talking();
    all.a.request(all.dialog, 'INVITE');
    all.b.request(all.dialog, 'INVITE');
    all.network.deliver();

    expect(all.a.statuses().at(-1)).toBe(491);
    expect(all.b.statuses().at(-1)).toBe(491);
    expect(all.a.userAgent.stats.dialogs).toBe(1);
  });

  test('an INVITE before the last one is answered gets 500 with Retry-After (RFC 3261 14.2)', () => {
    const all = talking();
    const contact = [`Contact: <sip:a@${A}>`];
    all.b.receiveText(inDialog(all, 'INVITE', 2, contact), A);
    all.b.receiveText(inDialog(all, 'INVITE', 3, contact), A);

    expect(all.network.trace.at(-1)).toBe(`${B} SIP/2.0 500 Server Internal Error`);
  });

  test('an INVITE before our 200 is acknowledged gets 491', () => {
    const all = talking();
    const contact = [`Contact: <sip:a@${A}>`];
    all.b.receiveText(inDialog(all, 'INVITE', 2, contact), A);
    all.b.respond(all.b.last('request').transaction, 200);
    all.b.receiveText(inDialog(all, 'INVITE', 3, contact), A);

    expect(all.network.trace.at(-1)).toBe(`${B} SIP/2.0 491 Request Pending`);
  });

  test('an INVITE without Contact gets 400', () => {
    const all = talking();
    all.b.receiveText(inDialog(all, 'INVITE', 2), A);

    expect(all.network.trace.at(-1)).toBe(`${B} SIP/2.0 400 Bad Request`);
  });

  test('a BYE during a re-INVITE ends it with 487 (RFC 5407 3.1.4, RFC 3261 15.1.2)', () => {
    const all = talking();
    all.b.receiveText(inDialog(all, 'INVITE', 2, [`Contact: <sip:a@${A}>`]), A);
    all.b.receiveText(inDialog(all, 'BYE', 3), A);

    expect(all.network.trace.at(-1)).toBe(`${B} SIP/2.0 487 Request Terminated`);
    expect(all.b.last('request').request.method).toBe('BYE');
  });

  test('BYEs that cross are both answered (RFC 5407 3.1.6)', () => {
    const all = talking();
    for (const node of [all.a, all.b]) {
      node.onOutput = (output) => {
        if (output.type === 'request') node.respond(output.transaction, 200);
      };
    }
    all.a.request(all.dialog, 'BYE');
    all.b.request(all.dialog, 'BYE');
    all.network.run();

    expect([all.a.statuses().at(-1), all.b.statuses().at(-1)]).toEqual([200, 200]);
    expect(leftovers(all)).toEqual(NOTHING);
  });

  test('what comes after BYE gets 481 (RFC 5407 3.1.5)', () => {
    const all = talking();
    all.b.receiveText(inDialog(all, 'BYE', 2), A);
    all.b.receiveText(inDialog(all, 'INFO', 3), A);

    expect(all.network.trace.at(-1)).toBe(`${B} SIP/2.0 481 Call/Transaction Does Not Exist`);
  });

  test('a BYE that the user never answers ends the dialog after 64*T1', () => {
    const all = talking();
    all.b.receiveText(inDialog(all, 'BYE', 2), A);
    all.network.run(40_000);

    expect(all.b.userAgent.stats.dialogs).toBe(0);
    expect(all.b.count('dialog-ended')).toBe(1);
  });

  test('a Contact in an accepted re-INVITE moves the target (RFC 3261 12.2.2)', () => {
    const all = talking();
    all.b.receiveText(inDialog(all, 'INVITE', 2, ['Contact: <sip:moved@203.0.113.5:5070>']), A);
    all.b.respond(all.b.last('request').transaction, 200);
    const bye = all.b.request(all.dialog, 'BYE');

    expect(bye.message).toMatchObject({ uri: 'sip:moved@203.0.113.5:5070' });
    expect(bye.to).toMatchObject({ host: '203.0.113.5', port: 5_070 });
  });

  test('our BYE ends an INVITE of ours that is pending', () => {
    const all = talking();
    all.a.request(all.dialog, 'INVITE');
    all.network.deliver();
    all.a.request(all.dialog, 'BYE');
    all.network.deliver();

    expect(all.network.trace.some((each) => each.startsWith(`${A} CANCEL`))).toBe(true);
  });

  test('a refused re-INVITE leaves the dialog, and its ACK is not the user to send', () => {
    const all = talking();
    all.a.request(all.dialog, 'INVITE');
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 488);
    all.network.deliver();

    expect(all.a.statuses()).toEqual([200, 488]);
    expect(all.a.acknowledge(all.dialog)).toEqual({ fault: 'ack-of-failure' });
    expect(all.a.userAgent.stats.dialogs).toBe(1);
  });

  test('a request to a dialog that is not there is a fault', () => {
    const { a } = pair();

    expect(() => a.request('none;from-tag=x', 'INFO')).toThrow('unknown-dialog');
    expect(a.acknowledge('none;from-tag=x')).toEqual({ fault: 'unknown-dialog' });
  });

  test('an ACK for a refused INVITE is a fault of its own', () => {
    const all = pair();
    all.a.invite(B);
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 486);
    all.network.deliver();

    expect(all.a.acknowledge(all.a.last('response').dialog ?? '')).toEqual({
      fault: 'ack-of-failure',
    });
  });
});

describe('a BYE of the callee', () => {
  test('waits until the ACK of its 200 came (RFC 3261 15)', () => {
    const all = pair();
    all.a.invite(B);
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 200);
    all.network.deliver();
    all.b.request(all.a.last('response').dialog ?? '', 'BYE');
    all.network.deliver();
    expect(all.network.trace.some((each) => each.includes(' BYE '))).toBe(false);
    all.a.acknowledge(all.a.last('response').dialog ?? '');
    all.network.deliver();

    expect(all.a.last('request').request.method).toBe('BYE');
  });

  test('leaves without ACK after 64*T1, and only once', () => {
    const all = pair();
    all.a.invite(B);
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 200);
    all.network.deliver();
    all.b.request(all.a.last('response').dialog ?? '', 'BYE');
    all.network.run(32_000);

    expect(all.network.trace.filter((each) => each.startsWith(`${B} BYE`)).length).toBe(1);
    expect(all.b.count('unsolicited-bye')).toBe(0);
  });
});

describe('whoever placed the call being gone', () => {
  test('the ringing call is cancelled', () => {
    const all = pair();
    const { transaction } = all.a.invite(B);
    all.network.deliver();
    all.a.abandon(transaction);
    all.network.run();

    expect(all.b.count('cancelled')).toBe(1);
    expect(all.a.statuses()).toEqual([]);
    expect(leftovers(all)).toEqual(NOTHING);
  });

  test('the call that is answered all the same is acknowledged and ended', () => {
    const all = pair();
    all.b.onOutput = (output) => {
      if (output.type === 'request') all.b.respond(output.transaction, 200);
    };
    const { transaction } = all.a.invite(B);
    all.a.abandon(transaction);
    all.network.run();

    expect(all.network.trace.filter((each) => each.startsWith(`${A} ACK`)).length).toBe(1);
    expect(all.network.trace.filter((each) => each.startsWith(`${A} BYE`)).length).toBe(1);
    expect(leftovers(all)).toEqual(NOTHING);
  });
});

describe('a fork', () => {
  const answer = (invite: string, status: string, tag: string) =>
    [
      `SIP/2.0 ${status}`,
      ...invite.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq):/.test(line)),
      `To: <sip:x@${B}>;tag=${tag}`,
      `Contact: <sip:${tag}@192.0.2.99>`,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');

  test('that answers second is acknowledged and ended, the first one lives (RFC 3261 13.2.2.4)', () => {
    const network = new VirtualNetwork();
    const a = network.node(A);
    const sent = a.invite('192.0.2.99');
    const invite = new TextDecoder().decode(sent.bytes);
    a.receiveText(answer(invite, '180 Ringing', 'one'));
    a.receiveText(answer(invite, '180 Ringing', 'two'));
    a.receiveText(answer(invite, '200 OK', 'two'));
    a.acknowledge(sent.dialog ?? '');
    a.receiveText(answer(invite, '200 OK', 'one'));
    a.receiveText(answer(invite, '200 OK', 'three'));

    expect(a.statuses()).toEqual([180, 180, 200]);
    expect(a.count('unsolicited-bye')).toBe(0);
    expect(network.trace.filter((each) => each.includes(' ACK '))).toEqual([
      `${A} ACK sip:two@192.0.2.99 SIP/2.0`,
      `${A} ACK sip:one@192.0.2.99 SIP/2.0`,
      `${A} ACK sip:three@192.0.2.99 SIP/2.0`,
    ]);
    expect(network.trace.filter((each) => each.includes(' BYE ')).length).toBe(2);
    expect(a.userAgent.stats.dialogs).toBe(1);
  });
});

test('a tag inside of the To URI is no To tag', () => {
  const { b } = pair();
  b.receiveText(inviteText('fooled').replace(`<sip:x@${B}>`, `<sip:x@${B};tag=fooled>`));
  const answer = b.respond(b.last('request').transaction, 200);

  expect('fault' in answer ? '' : answer.message.headers.first('to')).toMatch(/>;tag=.+/);
});

describe('requests that no user sees', () => {
  test('an unknown scheme gets 416 (RFC 3261 8.2.2.1)', () => {
    const { b, network } = pair();
    b.receiveText(inviteText('scheme').replace(`sip:x@${B} SIP`, 'mail:x SIP'));

    expect(network.trace).toEqual([`${B} SIP/2.0 416 Unsupported URI Scheme`]);
    expect(b.log).toEqual([]);
  });

  test('an extension that nobody knows gets 420, one of the registry goes through (RFC 3261 8.2.2.3)', () => {
    const { b, network } = pair();
    b.receiveText(inviteText('unknown', ['Require: 100rel, made-up']));
    b.receiveText(inviteText('known', ['Require: 100rel']));

    expect(network.trace[0]).toBe(`${B} SIP/2.0 420 Bad Extension`);
    expect(b.last('request').request.headers.first('call-id')).toBe('known');
  });

  test('a response to nothing and an ACK to nothing are dropped', () => {
    const { b, network } = pair();
    b.receiveText(inviteText('stray').replaceAll('INVITE', 'ACK'));
    b.receiveText(inviteText('stray').replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n'));

    expect(network.trace).toEqual([]);
    expect(b.log).toEqual([]);
  });
});

/** Answers every request with 200 and acknowledges every 200 to INVITE. */
function answerEverything(node: VirtualNode): void {
  node.onOutput = (output: Logged) => {
    if (output.type === 'request') node.respond(output.transaction, 200);
    if (output.type !== 'response' || output.response.statusCode !== 200) return;
    const isAnswer = output.response.headers.first('cseq')?.endsWith('INVITE') === true;
    if (isAnswer) node.acknowledge(output.dialog ?? '');
  };
}

type Step = 'hang-up-a' | 'hang-up-b' | 'reinvite-a' | 'info-b' | 'cancel';
const STEPS: readonly Step[] = ['hang-up-a', 'hang-up-b', 'reinvite-a', 'info-b', 'cancel'];

function take({ a, b }: Pair, step: Step, transaction: string, dialog: string): void {
  if (step === 'cancel') {
    a.cancel(transaction);
    return;
  }
  const [node, method] = {
    'hang-up-a': [a, 'BYE'] as const,
    'hang-up-b': [b, 'BYE'] as const,
    'reinvite-a': [a, 'INVITE'] as const,
    'info-b': [b, 'INFO'] as const,
  }[step];
  // A fault is an answer as well: there may be no dialog any more, or a BYE under way.
  const outgoing = { method, headers: [], body: new Uint8Array() };
  node.command((now) => node.userAgent.requestInDialog(dialog, outgoing, now));
}

describe('on a bad network', () => {
  test('every call ends, and nothing outlives it, whatever is lost', () => {
    const losses = fc.array(fc.boolean(), { maxLength: 80 });
    const steps = fc.array(fc.constantFrom(...STEPS), { maxLength: 6 });
    const pause = fc.integer({ min: 0, max: 3_000 });
    fc.assert(
      fc.property(losses, steps, pause, (lost, program, pauseMs) => {
        const all = pair({ delayMs: 20, loses: (index) => lost[index] ?? false });
        answerEverything(all.a);
        answerEverything(all.b);
        const { transaction, dialog = '' } = all.a.invite(B);
        for (const step of program) {
          all.network.run(all.network.now + pauseMs);
          take(all, step, transaction, dialog);
        }
        all.network.run();
        take(all, 'hang-up-a', transaction, dialog);
        take(all, 'hang-up-b', transaction, dialog);
        all.network.run();
        expect(leftovers(all)).toEqual(NOTHING);
      }),
      { numRuns: 300 },
    );
  });
});
