import { describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../../../src/core/bytes.ts';
import { after, monotonicMs } from '../../../../src/core/time.ts';
import { Admission, DEFAULT_ADMISSION_LIMITS } from '../../../../src/sip/admission/admission.ts';

const T0 = monotonicMs(0);
const CARRIER = '192.0.2.1';
const STRANGER = '198.51.100.1';

function admission(mode: Admission['mode'] = 'silent'): Admission {
  const made = new Admission((address) => address === CARRIER);
  made.mode = mode;
  return made;
}

function from(host: string, connection?: number) {
  return { host, connection };
}

function bytes(method: string, ...lines: readonly string[]): Uint8Array {
  return utf8Bytes(
    [`${method} sip:a@b SIP/2.0`, 'Via: SIP/2.0/UDP c', ...lines, '', ''].join('\r\n'),
  );
}

describe('a source that a carrier owns', () => {
  test('is heard, whatever it says', () => {
    const gate = admission();
    expect(gate.hears(CARRIER, T0)).toBe(true);
    expect(gate.judge(from(CARRIER), bytes('BYE'), T0)).toEqual({ type: 'pass' });
  });

  test('is heard up to its rate', () => {
    const gate = admission();
    const { burst } = DEFAULT_ADMISSION_LIMITS.known;
    for (let at = 0; at < burst; at++) gate.judge(from(CARRIER), bytes('OPTIONS'), T0);
    expect(gate.judge(from(CARRIER), bytes('OPTIONS'), T0)).toEqual({
      type: 'drop',
      reason: 'rate',
    });
    expect(gate.judge(from(CARRIER), bytes('OPTIONS'), after(T0, 1))).toEqual({ type: 'pass' });
  });

  test('is not starved by strangers', () => {
    const gate = admission('challenge');
    for (let at = 0; at < 20_000; at++) {
      gate.judge(from(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`), bytes('INVITE'), T0);
    }
    expect(gate.judge(from(CARRIER), bytes('INVITE'), T0)).toEqual({ type: 'pass' });
  });
});

describe('over a connection', () => {
  test('nobody is judged twice', () => {
    expect(admission().judge(from(STRANGER, 1), bytes('BYE'), T0)).toEqual({ type: 'pass' });
  });

  test('answers are heard: it may be one that we opened', () => {
    const gate = admission('challenge');
    const answer = utf8Bytes('SIP/2.0 200 OK\r\n\r\n');
    expect(gate.judge(from(STRANGER, 1), answer, T0)).toEqual({ type: 'pass' });
  });
});

describe('a stranger', () => {
  test('gets silence', () => {
    const gate = admission();
    expect(gate.hears(STRANGER, T0)).toBe(false);
    expect(gate.judge(from(STRANGER), bytes('INVITE'), T0)).toEqual({
      type: 'drop',
      reason: 'stranger',
    });
    expect(gate.counts.stranger).toBe(2);
  });

  test.each([
    ['INVITE', [], 'challenge'],
    ['REGISTER', [], 'challenge'],
    ['SUBSCRIBE', [], 'challenge'],
    ['MESSAGE', [], 'challenge'],
    ['INVITE', ['Authorization: Digest username="u"'], 'pass'],
    ['REGISTER', ['aUTHORIZATION \t: Digest username="u"'], 'pass'],
    ['INVITE', ['X-Authorization: no'], 'challenge'],
    ['INVITE', ['Subject: x', ' Authorization: folded into the line above'], 'challenge'],
    ['ACK', [], 'pass'],
    ['OPTIONS', [], 'drop'],
    ['OPTIONS', ['Authorization: Digest username="u"'], 'drop'],
    ['BYE', [], 'drop'],
    ['invite', [], 'drop'],
    ['', [], 'drop'],
  ])('in the mode `challenge`: %j %j: %s', (method, lines, type) => {
    expect(admission('challenge').judge(from(STRANGER), bytes(method, ...lines), T0).type).toBe(
      type,
    );
  });

  test('is not heard in the body or behind it', () => {
    const text = 'INVITE sip:a@b SIP/2.0\r\nVia: x\r\n\r\nx\r\nAuthorization: Digest a="b"';
    expect(admission('challenge').judge(from(STRANGER), utf8Bytes(text), T0).type).toBe(
      'challenge',
    );
  });

  test('that answers is not heard', () => {
    const gate = admission('challenge');
    const verdict = gate.judge(from(STRANGER), utf8Bytes('SIP/2.0 200 OK\r\n\r\n'), T0);
    expect(verdict).toEqual({ type: 'drop', reason: 'method' });
  });

  test('gets 30 answers at once, then a growing silence', () => {
    const gate = admission('challenge');
    const asked = Array.from({ length: 1_000 }, () =>
      gate.judge(from(STRANGER), bytes('REGISTER'), T0),
    );
    expect(asked.filter(({ type }) => type === 'challenge')).toHaveLength(30);
    expect(gate.judge(from(STRANGER), bytes('REGISTER'), after(T0, 9_000)).type).toBe('drop');
    expect(gate.judge(from(STRANGER), bytes('REGISTER'), after(T0, 10_000)).type).toBe('challenge');
  });

  test('counts with the others of its IPv6 network', () => {
    const gate = admission('challenge');
    const asked = Array.from({ length: 100 }, (_, at) =>
      gate.judge(from(`2001:db8::${at.toString(16)}`), bytes('REGISTER'), T0),
    );
    expect(asked.filter(({ type }) => type === 'challenge')).toHaveLength(30);
  });

  test('shares one budget with all strangers', () => {
    const gate = admission('challenge');
    for (let at = 0; at < 5_000; at++) {
      gate.judge(from(`10.0.${at >> 8}.${at & 255}`), bytes('REGISTER'), T0);
    }
    expect(gate.counts.challenges).toBe(DEFAULT_ADMISSION_LIMITS.strangersPerSecond);
  });

  test('that was let in is heard like a carrier, for a while', () => {
    const gate = admission();
    gate.admitGuest(STRANGER, 1_000, T0);
    expect(gate.judge(from(STRANGER), bytes('BYE'), after(T0, 999))).toEqual({ type: 'pass' });
    expect(gate.judge(from(STRANGER), bytes('BYE'), after(T0, 1_000)).type).toBe('drop');
  });

  test('that guesses passwords is not heard for a while', () => {
    const gate = admission('challenge');
    gate.silence(STRANGER, 1_000, T0);
    expect(gate.judge(from(STRANGER, 7), bytes('REGISTER'), after(T0, 999)).type).toBe('drop');
    expect(gate.judge(from(STRANGER), bytes('REGISTER'), after(T0, 1_000)).type).toBe('challenge');
  });

  test('that was let in, or is a carrier, cannot be silenced by others behind its address', () => {
    const gate = admission('challenge');
    gate.admitGuest(STRANGER, 1_000, T0);
    for (const source of [STRANGER, CARRIER]) {
      gate.silence(source, 1_000, T0);
      expect(gate.judge(from(source), bytes('BYE'), T0)).toEqual({ type: 'pass' });
    }
  });

  test('that was let in for a call stays for it when a shorter registration follows', () => {
    const gate = admission('challenge');
    gate.admitGuest(STRANGER, 1_000, T0);
    gate.admitGuest(STRANGER, 10, T0);
    expect(gate.judge(from(STRANGER), bytes('BYE'), after(T0, 999))).toEqual({ type: 'pass' });
  });
});
