import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeepgramStt } from '../../../src/providers/deepgram/deepgram-stt.ts';
import { chooseProviders } from '../../../src/providers/registry.ts';
import { collect } from '../../support/providers/collect.ts';
import { FAKE_DEEPGRAM_KEY, FakeDeepgram } from '../../support/providers/fake-deepgram.ts';
import { FAKE_OPENAI_KEY, FakeOpenAi } from '../../support/providers/fake-openai.ts';
import { SttProbe } from '../../support/providers/stt-probe.ts';

const AUTO = { stt: 'auto', llm: 'auto', tts: 'auto' } as const;
const run = promisify(execFile);

let openai: FakeOpenAi;
let deepgram: FakeDeepgram;

beforeEach(async () => {
  [openai, deepgram] = await Promise.all([FakeOpenAi.start(), FakeDeepgram.start()]);
});

afterEach(async () => {
  await Promise.all([openai.stop(), deepgram.stop()]);
});

/** What keeps this process from ending. */
function held(kind: string): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === kind).length;
}

async function oneTurn(
  providers: ReturnType<typeof chooseProviders>,
  abortAfterMs: number | undefined,
): Promise<void> {
  const signal =
    abortAfterMs === undefined ? new AbortController().signal : AbortSignal.timeout(abortAfterMs);
  const probe = new SttProbe(providers.stt);
  probe.say(200);
  const [content = ''] = await probe.finals(1);
  const request = { messages: [{ role: 'user' as const, content }], tools: [] };
  await Promise.allSettled([
    collect(providers.llm.reply(request, signal)),
    collect(providers.tts.synthesize({ text: 'Hello.', voice: 'coral' }, signal)),
  ]);
  probe.close();
}

describe('the chosen providers', () => {
  test.each(['openai', 'deepgram'] as const)('make a turn with %s listening', async (stt) => {
    const providers = chooseProviders({
      ...AUTO,
      openai: { apiKey: FAKE_OPENAI_KEY, baseUrl: openai.baseUrl },
      ...(stt === 'deepgram'
        ? { deepgram: { apiKey: FAKE_DEEPGRAM_KEY, baseUrl: deepgram.baseUrl } }
        : {}),
    });
    expect(providers.stt.name).toBe(stt);
    await oneTurn(providers, undefined);
    expect(openai.exchanges.map((exchange) => exchange.endpoint).sort()).toEqual([
      'chat',
      'speech',
    ]);
    const chat = openai.exchanges.find(({ endpoint }) => endpoint === 'chat');
    expect(chat?.body).toMatchObject({ messages: [{ content: 'hello there' }] });
    await providers.close();
  });

  test('leave no socket and no timer behind, whatever happens to the turns', async () => {
    const before = { sockets: held('TCPSocketWrap'), timers: held('Timeout') };
    const providers = chooseProviders({
      ...AUTO,
      openai: { apiKey: FAKE_OPENAI_KEY, baseUrl: openai.baseUrl },
    });
    const faults = [
      undefined,
      { type: 'status', status: 503 },
      { type: 'reset', parts: 1 },
      { type: 'stall', parts: 1 },
    ] as const;
    for (const fault of faults) {
      openai.chatFaults.push(fault);
      openai.speechFaults.push(fault);
      await oneTurn(providers, fault?.type === 'stall' ? 30 : undefined);
    }
    await providers.close();
    await openai.until(() => openai.openWebsockets === 0);
    await openai.stop();
    expect(held('TCPSocketWrap')).toBeLessThanOrEqual(before.sockets);
    expect(held('Timeout')).toBeLessThanOrEqual(before.timers);
    openai = await FakeOpenAi.start();
  });

  test('without a key speak, print no warning and hold no process', async () => {
    const registry = new URL('../../../src/providers/registry.ts', import.meta.url);
    const script = `
      import { chooseProviders } from ${JSON.stringify(registry.href)};
      const { tts, warmUp } = chooseProviders({ stt: 'auto', llm: 'auto', tts: 'auto' });
      await warmUp();
      let samples = 0;
      const request = { text: 'Hello.', voice: 'kal' };
      for await (const frame of tts.synthesize(request, new AbortController().signal)) samples += frame.samples.length;
      process.stdout.write(samples > 1000 ? 'spoken' : 'silent');
    `;
    const args = ['--input-type=module', '-e', script];
    const { stdout, stderr } = await run(process.execPath, args, { timeout: 30_000 });
    expect({ stdout, stderr }).toEqual({ stdout: 'spoken', stderr: '' });
  });
});

describe('a Deepgram connection in silence', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is kept alive every four seconds, but not during speech', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const stt = new DeepgramStt({ apiKey: FAKE_DEEPGRAM_KEY, baseUrl: deepgram.baseUrl });
    const probe = new SttProbe(stt);
    probe.say(100);
    await probe.finals(1);
    vi.advanceTimersByTime(8_000);
    await deepgram.until(() => deepgram.log.messages.length === 3);
    probe.begin(100);
    vi.advanceTimersByTime(4_000);
    probe.end();
    await deepgram.until(() => deepgram.log.messages.length === 4);
    probe.close();
    await deepgram.until(() => deepgram.openWebsockets === 0);
    expect(deepgram.log.messages).toEqual([
      'Finalize',
      'KeepAlive',
      'KeepAlive',
      'Finalize',
      'CloseStream',
    ]);
  });
});
