import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Caller } from '../../../src/cli/caller/caller.ts';
import { nowMs } from '../../../src/cli/caller/rtp-stream.ts';
import type { CallView } from '../../support/engine/api-client.ts';
import { demoAgent } from '../../support/engine/engine-config.ts';
import { Phone } from '../../support/engine/phone.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until, within } from '../../support/engine/until.ts';

const END_MS = 8_000;
const MAX_CALLS = 3;

describe('the limits of calls', () => {
  let running: RunningEngine;

  beforeAll(async () => {
    const agents = {
      demo: demoAgent(),
      brief: demoAgent({ timeouts: { maxDurationMs: 1_500 } }),
      shy: demoAgent({ firstSentence: 'Yes?', timeouts: { silenceMs: 1_000 } }),
      discreet: demoAgent({ record: false }),
    };
    running = await RunningEngine.start({
      agents,
      numbers: Object.keys(agents).map((name) => ({ number: name, agent: name })),
      limits: { maxCalls: MAX_CALLS, rtpTimeoutMs: 1_500, drainMs: 5_000 },
    });
  });

  /** A call holds its slot until its recording is made. */
  beforeEach(async () => {
    await until('every slot is free', () => (running.engine.activeCalls === 0 ? true : undefined));
  });

  afterAll(() => running.close());

  function call(number = 'demo'): Promise<Phone> {
    return Phone.call({ remote: running.remote, number });
  }

  /** The engine ends it. */
  async function endOf(phone: Phone): Promise<CallView> {
    await phone.isHungUp(END_MS);
    phone.close();
    return running.api.ended(await running.api.newest());
  }

  test('a caller whose audio stops is hung up on', async () => {
    const phone = await call();
    await phone.rtp.heard(10);
    phone.loseAudio();
    const view = await endOf(phone);

    expect(view).toMatchObject({
      status: 'failed',
      end_reason: 'rtp-timeout',
      ended_by: 'network',
    });
    expect(view.recording_url).not.toBeNull();
  });

  test('a caller from whom no audio ever comes is hung up on', async () => {
    const phone = await call();
    phone.loseAudio();

    expect(await endOf(phone)).toMatchObject({ end_reason: 'rtp-timeout' });
  });

  test('a call ends at its maximum duration', async () => {
    expect(await endOf(await call('brief'))).toMatchObject({
      status: 'completed',
      end_reason: 'max-duration',
      ended_by: 'system',
    });
  });

  test('a call ends when nobody speaks', async () => {
    const view = await endOf(await call('shy'));

    expect(view).toMatchObject({ status: 'completed', end_reason: 'silence', ended_by: 'system' });
    expect(view.transcript).toMatchObject([{ user: 'assistant', text: 'Yes?' }]);
  });

  test('an agent that does not record leaves no recording', async () => {
    const phone = await call('discreet');
    await phone.rtp.heard(10);
    await phone.hangUp();

    expect(await running.api.ended(await running.api.newest())).toMatchObject({
      recording_url: null,
    });
  });

  test('keys pressed (RFC 4733) are a turn of the caller, and nine ends the sandbox call', async () => {
    const caller = await Caller.call({
      ...running.remote,
      toUser: 'demo',
      fromUser: '+4930555',
    });
    await caller.hearsSpeech(0, END_MS);
    await caller.press('4');
    await caller.hearsSilence(300, END_MS);
    await caller.hearsSpeech(nowMs(), END_MS);
    await caller.press('9');
    await within(END_MS, 'the engine hangs up', caller.ended);
    caller.close();
    const view = await running.api.ended(await running.api.newest());

    expect(view.transcript.filter(({ user }) => user === 'user')).toMatchObject([
      { text: '[pressed 4]' },
      { text: '[pressed 9]' },
    ]);
    expect(view.turns.map((turn) => turn.endpoint_reason)).toEqual([undefined, 'dtmf', 'dtmf']);
    expect(view).toMatchObject({ end_reason: 'agent-ended', ended_by: 'agent' });
  });

  test('one call more than the limit: 503 to the caller, 503 and Retry-After to the client', async () => {
    const phones = await Promise.all(Array.from({ length: MAX_CALLS }, () => call()));
    const oneMore = await call();
    const dialled = await running.api.request('POST', '/v1/calls', {
      phone_number: '+493099999',
      task: 'Say hello and listen.',
    });
    oneMore.close();
    await phones.pop()?.hangUp();
    const again = await until('a free slot', async () => {
      const phone = await call();
      if (phone.answer.status === 200) return phone;
      phone.close();
      return undefined;
    });
    for (const phone of [...phones, again]) await phone.hangUp();

    expect(phones.map(({ answer }) => answer.status)).toEqual([200, 200]);
    expect(oneMore.answer.status).toBe(503);
    expect(dialled.status).toBe(503);
    expect(Number(dialled.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(dialled.headers.get('content-type')).toContain('application/problem+json');
  });
});
