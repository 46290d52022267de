import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { Endpointing } from '../../../src/voice/endpointing.ts';
import { TURN_ENDPOINTING } from '../../support/voice/turn-agent.ts';

const at = monotonicMs;

/** Speech from 0 to 1,000 ms, reported at 1,096. */
function spoken(): Endpointing {
  const endpointing = new Endpointing(TURN_ENDPOINTING, at(0));
  endpointing.speechStarted();
  endpointing.speechConfirmed(at(0));
  endpointing.speechEnded(at(1_000), at(1_096));
  return endpointing;
}

describe('Endpointing', () => {
  test('deadlines count from the last speech packet, not from its report', () => {
    const endpointing = spoken();
    expect(endpointing.deadline).toBe(1_500);

    endpointing.final({ text: 'Yes.' }, at(1_100));
    expect(endpointing.deadline).toBe(1_200);
  });

  test('the endpoint is the deadline, however late the timer runs', () => {
    const endpointing = spoken();
    endpointing.final({ text: 'Yes.' }, at(1_100));
    endpointing.handleTimeout(at(1_237));

    expect(endpointing.endpoint).toMatchObject({ endpointMs: 1_200, reason: 'transcript' });
  });

  test('a final within the hangover of the VAD covers the speech', () => {
    const endpointing = new Endpointing(TURN_ENDPOINTING, at(0));
    endpointing.speechStarted();
    endpointing.speechConfirmed(at(0));
    endpointing.final({ text: 'Yes.' }, at(1_050));
    expect(endpointing.deadline).toBeUndefined();

    endpointing.speechEnded(at(1_000), at(1_096));
    expect(endpointing.deadline).toBe(1_200);
  });

  test('a final of earlier words does not cover what was said after it', () => {
    const endpointing = new Endpointing(TURN_ENDPOINTING, at(0));
    endpointing.speechConfirmed(at(0));
    endpointing.final({ text: 'I want' }, at(900));
    endpointing.speechEnded(at(1_000), at(1_096));

    expect(endpointing.deadline).toBe(1_500);
  });

  test('once silence is over the transcript is waited for', () => {
    const endpointing = spoken();
    endpointing.handleTimeout(at(1_500));

    expect(endpointing.endpoint).toBeUndefined();
    expect(endpointing.deadline).toBe(3_500);
  });

  test('a timer that runs far too late takes both steps', () => {
    const endpointing = spoken();
    endpointing.interim({ text: 'Ye' });
    endpointing.handleTimeout(at(9_000));

    expect(endpointing.endpoint).toMatchObject({ endpointMs: 1_500, turn: { text: 'Ye' } });
  });

  test('a turn that was handed over leaves nothing behind', () => {
    const endpointing = spoken();
    endpointing.final({ text: 'Yes.' }, at(1_250));

    expect(endpointing.take()).toEqual({
      text: 'Yes.',
      speechStartMs: 0,
      speechEndMs: 1_000,
      transcriptFinalMs: 1_250,
    });
    expect([endpointing.take(), endpointing.isOpen]).toEqual([undefined, false]);
  });

  test('speech under way when a turn is handed over is the next turn', () => {
    const endpointing = spoken();
    endpointing.final({ text: 'Yes.' }, at(1_250));
    endpointing.speechStarted();
    endpointing.speechConfirmed(at(1_300));
    endpointing.take();
    endpointing.speechEnded(at(2_000), at(2_096));

    expect(endpointing.deadline).toBe(2_500);
  });

  test('a late final that only differs in writing changes nothing', () => {
    const endpointing = spoken();
    endpointing.interim({ text: 'yes please' });
    endpointing.handleTimeout(at(3_500));
    const before = endpointing.endpoint;
    endpointing.final({ text: 'Yes, please.' }, at(3_600));

    expect(endpointing.endpoint).toBe(before);
  });

  test('a late final with other words replaces the interim', () => {
    const endpointing = spoken();
    endpointing.interim({ text: 'yes' });
    endpointing.handleTimeout(at(3_500));
    endpointing.final({ text: 'Yes, please.' }, at(3_600));

    expect(endpointing.endpoint?.turn.text).toBe('Yes, please.');
  });

  test('after speech the next final is a new turn again', () => {
    const endpointing = spoken();
    endpointing.interim({ text: 'yes' });
    endpointing.handleTimeout(at(3_500));
    endpointing.take();
    endpointing.speechConfirmed(at(4_000));
    endpointing.speechEnded(at(4_500), at(4_596));
    endpointing.final({ text: 'Hello?' }, at(4_800));

    expect(endpointing.endpoint?.turn.text).toBe('Hello?');
  });

  test('digits end a turn, unless speech is open', () => {
    const idle = new Endpointing(TURN_ENDPOINTING, at(0));
    idle.pressed('12#', at(500));
    expect(idle.endpoint).toMatchObject({
      endpointMs: 500,
      reason: 'dtmf',
      turn: { text: '[pressed 12#]' },
    });

    const open = spoken();
    open.pressed('1', at(1_150));
    expect(open.endpoint).toBeUndefined();
  });
});
