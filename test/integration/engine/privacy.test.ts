import { afterEach, describe, expect, test } from 'vitest';
import { Caller } from '../../../src/cli/caller/caller.ts';
import { nowMs } from '../../../src/cli/caller/rtp-stream.ts';
import { API_KEY, demoAgent } from '../../support/engine/engine-config.ts';
import { EngineProcess } from '../../support/engine/engine-process.ts';
import { speech } from '../../support/engine/sound.ts';
import { FAKE_OPENAI_KEY, FakeOpenAi } from '../../support/providers/fake-openai.ts';
import { sippMissing, startSipp } from '../../support/sipp/sipp.ts';

const missing = sippMissing();
const SPEAK_MS = 8_000;
const CARRIER_HOST = '127.0.0.2';

/** Everything that belongs to somebody, without what surrounds it. */
const PLANTED = {
  caller: '4917655501234',
  called: '49305550987',
  dialled: '4915155504321',
  password: 'planted-trunk-password',
  instructions: 'planted instructions',
  greeting: 'Good day from Planted Plumbing',
  words: 'purple elephants',
  reply: 'golden umbrellas',
  task: 'planted task of the call',
  metadata: 'planted metadata',
};
const SECRETS = [...Object.values(PLANTED), API_KEY, FAKE_OPENAI_KEY];

describe('the log at level info', () => {
  const opened: { close(): unknown }[] = [];

  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  test.skipIf(missing)(
    `names nobody, repeats nobody and gives no secret away (${missing ?? 'sipp found'})`,
    async () => {
      const fake = await FakeOpenAi.start();
      opened.push({ close: () => fake.stop() });
      fake.transcription.answer = () => ({ type: 'final', text: PLANTED.words });
      fake.chat.reply = () => ({ text: `${PLANTED.reply}.` });
      const carrier = await startSipp({
        scenario: 'uas-auth',
        localAddress: CARRIER_HOST,
        keys: { username: 'trunk', password: PLANTED.password },
      });
      const engine = await EngineProcess.start({
        env: { OPENAI_API_KEY: FAKE_OPENAI_KEY, OPENAI_BASE_URL: fake.baseUrl },
        keys: {
          providers: {},
          carriers: [
            {
              name: 'carrier',
              inbound: ['127.0.0.1/32'],
              gateway: { host: CARRIER_HOST, port: carrier.port },
              username: 'trunk',
              password: PLANTED.password,
            },
          ],
          numbers: [{ number: `+${PLANTED.called}`, agent: 'demo' }],
          agents: {
            demo: demoAgent({
              instructions: PLANTED.instructions,
              firstSentence: PLANTED.greeting,
              voice: 'alloy',
            }),
          },
        },
      });
      opened.push(engine);

      const caller = await Caller.call({
        ...engine.remote,
        toUser: `+${PLANTED.called}`,
        fromUser: `+${PLANTED.caller}`,
      });
      opened.push(caller);
      await caller.hearsSpeech(0, SPEAK_MS);
      await caller.hearsSilence(300, SPEAK_MS);
      const said = await caller.say(await speech('Can you tell me a story?'));
      await caller.hearsSpeech(said.lastPacketMs, SPEAK_MS);
      await caller.hearsSilence(300, SPEAK_MS);
      const failure = { type: 'status', status: 500, message: `${PLANTED.words} failed` } as const;
      fake.chatFaults.push(failure, failure, failure, failure);
      await caller.press('7');
      await caller.hearsSpeech(nowMs(), SPEAK_MS);
      opened.splice(opened.indexOf(caller), 1);
      await caller.hangUp();
      const inbound = await engine.api.ended(await engine.api.newest());

      const id = await engine.api.dial({
        phone_number: `+${PLANTED.dialled}`,
        task: PLANTED.task,
        metadata: { note: PLANTED.metadata },
      });
      await engine.api.callWith(id, 'in_progress');
      await engine.api.request('POST', `/v1/calls/${id}/stop`);
      await engine.api.ended(id);
      engine.signal('SIGTERM');
      await engine.ended();

      expect(inbound.transcript.map(({ text }) => text)).toEqual(
        expect.arrayContaining([PLANTED.greeting, PLANTED.words, '[pressed 7]']),
      );
      expect(engine.lines.filter((line) => line.includes('call ended'))).toHaveLength(2);
      expect(SECRETS.filter((secret) => engine.output.includes(secret))).toEqual([]);
    },
  );
});
