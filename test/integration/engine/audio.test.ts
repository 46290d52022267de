import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, type TestContext, test } from 'vitest';
import { SipClient } from '../../../src/cli/caller/sip-client.ts';
import { blockThread } from '../../support/engine/blocking.ts';
import { demoAgent, GREETING } from '../../support/engine/engine-config.ts';
import { Phone, phoneSdp } from '../../support/engine/phone.ts';
import { recognise, recogniserMissing } from '../../support/engine/recogniser.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { likeness, speech } from '../../support/engine/sound.ts';
import { type EarsReport, ThreadedEars } from '../../support/engine/threaded-ears.ts';
import { sippMissing, startSipp } from '../../support/sipp/sipp.ts';

const SENTENCE =
  'I will go to the hotel in the morning and ask the doctor about the weather on Monday.';
const WORDS = ['hotel', 'morning', 'doctor', 'weather', 'monday'];
const CARRIER_HOST = '127.0.0.2';
const CALL_MS = 11_000;
const BLOCKED_MS = 1_500;
const PACKET_SAMPLES = 160;
/** Of silence before and after the words: what the synthesiser takes on a busy machine. */
const MARGIN_PACKETS = 60;

const noSipp = sippMissing();
const noRecogniser = recogniserMissing();

describe('the audio of a call, from the far side', () => {
  async function start({ onTestFinished }: TestContext, keys: object = {}): Promise<RunningEngine> {
    const running = await RunningEngine.start({ ...keys });
    onTestFinished(() => running.close());
    return running;
  }

  async function heardBy(phone: Phone, wanted: Int16Array): Promise<Int16Array> {
    await phone.rtp.heard(wanted.length / PACKET_SAMPLES + MARGIN_PACKETS);
    await phone.hangUp();
    return phone.rtp.audio();
  }

  test.concurrent.for(['PCMU', 'PCMA'] as const)(
    'the agent says its first sentence, sample by sample as synthesised (%s)',
    async (law, context) => {
      const running = await start(context);
      const wanted = await speech(GREETING);
      const phone = await Phone.call({ remote: running.remote, law });

      expect(likeness(await heardBy(phone, wanted), wanted).peak).toBeGreaterThan(0.95);
      expect(phone.rtp.continuity()).toMatchObject({
        ssrcChanges: 0,
        sequenceBreaks: 0,
        timestampBreaks: 0,
      });
    },
  );

  test.skipIf(noRecogniser)(
    `an independent recogniser hears the words (${noRecogniser ?? 'pocketsphinx found'})`,
    { concurrent: true },
    async (context) => {
      const agent = demoAgent({ firstSentence: SENTENCE, voice: 'rms' });
      const running = await start(context, { agents: { demo: agent } });
      const wanted = await speech(SENTENCE, 'rms');
      const phone = await Phone.call({ remote: running.remote });
      const words = await recognise(await heardBy(phone, wanted));

      expect(WORDS.filter((word) => words.includes(word)).length).toBeGreaterThanOrEqual(3);
    },
  );

  test.skipIf(noSipp)(
    `a packet every 20 ms from answer to hang-up, also while JavaScript stands still (${noSipp ?? 'sipp found'})`,
    async (context) => {
      const calleeEars = await ThreadedEars.open(CARRIER_HOST);
      const callerEars = await ThreadedEars.open('127.0.0.1');
      const carrier = await startSipp({
        scenario: 'uas-answer',
        localAddress: CARRIER_HOST,
        rtpPort: calleeEars.port,
      });
      const running = await start(context, {
        carriers: [
          {
            name: 'local',
            inbound: ['127.0.0.1/32'],
            gateway: { host: CARRIER_HOST, port: carrier.port },
          },
        ],
      });
      const sip = await SipClient.open({
        ...running.remote,
        toUser: 'demo',
        fromUser: '+4930555',
        localHost: '127.0.0.1',
      });
      const { status } = await sip.invite(phoneSdp('127.0.0.1', callerEars.port));
      const answeredAtMs = Date.now();
      const id = await running.api.dial();
      await running.api.callWith(id, 'in_progress');

      await delay(CALL_MS / 2);
      blockThread(BLOCKED_MS);
      await delay(CALL_MS / 2 - BLOCKED_MS / 2);
      await running.api.request('POST', `/v1/calls/${id}/stop`);
      const hungUpAtMs = Date.now();
      await sip.bye();
      sip.close();
      await carrier.result;
      const caller = await callerEars.close();
      const callee = await calleeEars.close();

      expect(status).toBe(200);
      expectSteady(caller);
      expectSteady(callee);
      expect(caller.firstAtMs).toBeLessThan(answeredAtMs + 200);
      expect(caller.lastAtMs).toBeGreaterThan(hungUpAtMs - 200);
      expect(callee.lastAtMs).toBeGreaterThan(hungUpAtMs - 200);
    },
  );
});

function expectSteady(heard: EarsReport): void {
  expect(heard).toMatchObject({
    payloadTypes: [0],
    ssrcChanges: 0,
    sequenceBreaks: 0,
    timestampBreaks: 0,
  });
  expect(heard.packets).toBeGreaterThanOrEqual((10_000 * 50) / 1_000);
  expect(heard.packetsPerSecond).toBeGreaterThan(49.5);
  expect(heard.packetsPerSecond).toBeLessThan(50.5);
  // The thread stood still for far longer.
  expect(heard.longestGapMs).toBeLessThan(BLOCKED_MS / 3);
}
