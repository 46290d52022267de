import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VoiceInput } from '../../../src/call/call-io.ts';
import { CallVoice } from '../../../src/io/call-voice.ts';
import type { LlmEvent, VoiceProviders } from '../../../src/voice/ports.ts';
import { FakeProviders } from '../../support/call/fake-providers.ts';
import { settled } from '../../support/call/virtual-clock.ts';
import { turnAgent } from '../../support/voice/turn-agent.ts';

const FRAME = { samples: new Int16Array(160), sampleRateHz: 8_000 };
const EMPTY = { samples: new Int16Array(0), sampleRateHz: 8_000 };

/** What a badly made provider does next. It never looks at its signal. */
type Step = 'give' | 'give empty' | 'throw' | 'throw odd' | 'wait' | 'hang';

async function* play<T>(steps: readonly Step[], full: T, empty: T): AsyncGenerator<T> {
  for (const step of steps) {
    if (step === 'give') yield full;
    else if (step === 'give empty') yield empty;
    else if (step === 'throw') throw new Error('secret words');
    else if (step === 'throw odd') throw Object.create(null);
    else if (step === 'wait') await settled();
    else await new Promise(() => undefined);
  }
}

function providersOf(steps: readonly Step[]): VoiceProviders {
  const text = (delta: string): LlmEvent => ({ type: 'text', delta });
  return {
    stt: new FakeProviders().stt,
    llm: { name: 'bad', reply: () => play(steps, text('Well.'), text('')) },
    tts: { name: 'bad', voices: [], synthesize: () => play(steps, FRAME, EMPTY) },
  };
}

interface Rig {
  readonly voice: CallVoice;
  readonly told: VoiceInput[];
}

function create(providers: VoiceProviders): Rig {
  const told: VoiceInput[] = [];
  const voice = new CallVoice(providers, turnAgent(), (input) => {
    if (input.type === 'voice') told.push(input.input);
  });
  return { voice, told };
}

function ask({ voice }: Rig, what: 'llm' | 'tts'): void {
  if (what === 'llm') {
    voice.handleCommand({ type: 'llm-start', turnId: 1, request: { messages: [], tools: [] } });
  } else {
    const request = { text: 'Well.', voice: 'slt' };
    voice.handleCommand({ type: 'tts-start', turnId: 1, sentenceId: 1, request });
  }
}

function isEnd(input: VoiceInput): boolean {
  if (input.type === 'llm-event') return input.event.type === 'done';
  return ['llm-error', 'tts-error', 'tts-done'].includes(input.type);
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick += 1) await settled();
}

const what = fc.constantFrom('llm' as const, 'tts' as const);
const steps = fc.array(
  fc.constantFrom<Step>('give', 'give empty', 'throw', 'throw odd', 'wait', 'hang'),
  { maxLength: 8 },
);

describe('a provider, whatever it does', () => {
  test('has one end at most, and has one unless it hangs', async () => {
    await fc.assert(
      fc.asyncProperty(what, steps, async (kind, script) => {
        const rig = create(providersOf(script));
        ask(rig, kind);
        await ticks(script.length + 2);
        const reached = script.findIndex((step) => step === 'hang' || step.startsWith('throw'));
        const ends = rig.told.filter(isEnd);
        const isHanging = script[reached] === 'hang';
        const given = script.slice(0, reached < 0 ? script.length : reached);

        expect(ends).toHaveLength(isHanging ? 0 : 1);
        expect(rig.told.length - ends.length).toBe(
          given.filter((step) => step.startsWith('give')).length,
        );
        if (!isHanging) expect(rig.told.at(-1)).toBe(ends[0]);
        rig.voice.close();
      }),
      { numRuns: 150 },
    );
  });

  test.each(['cancel', 'close'])('is not heard any more after a %s', async (how) => {
    await fc.assert(
      fc.asyncProperty(what, steps, fc.nat(4), async (kind, script, afterTicks) => {
        const rig = create(providersOf(script));
        ask(rig, kind);
        await ticks(afterTicks);
        if (how === 'close') rig.voice.close();
        else rig.voice.handleCommand({ type: `${kind}-cancel`, turnId: 1 });
        const told = rig.told.length;
        await ticks(script.length + 2);

        expect(rig.told).toHaveLength(told);
      }),
      { numRuns: 100 },
    );
  });

  test.each(['llm', 'tts'] as const)(
    'that throws before it begins (%s) has failed',
    async (kind) => {
      const providers = providersOf([]);
      const thrower = () => {
        throw Object.create(null);
      };
      providers.llm.reply = thrower;
      providers.tts.synthesize = thrower;
      const rig = create(providers);
      ask(rig, kind);
      await ticks(1);

      const error = { code: 'provider-protocol' };
      expect(rig.told).toMatchObject([{ type: `${kind}-error`, error }]);
    },
  );

  test('keeps its own words out of the error', async () => {
    const rig = create(providersOf(['throw']));
    ask(rig, 'llm');
    await ticks(1);

    const [failed] = rig.told;
    expect(failed?.type === 'llm-error' && failed.error.message).not.toContain('secret');
  });
});

describe('audio', () => {
  async function speak(sampleRateHz: number): Promise<readonly VoiceInput[]> {
    const audio = { samples: new Int16Array(160), sampleRateHz };
    const providers = providersOf([]);
    providers.tts.synthesize = () => play(['give', 'give'], audio, audio);
    providers.llm.reply = () =>
      play<LlmEvent>(['give'], { type: 'audio', audio, text: 'x' }, { type: 'done' });
    const rig = create(providers);
    ask(rig, 'tts');
    ask(rig, 'llm');
    await ticks(3);
    return rig.told;
  }

  test.each([8_000, 11_025, 22_050, 44_100, 48_000])('at %i Hz is played', async (rate) => {
    const told = await speak(rate);

    expect(told.map(({ type }) => type).sort()).toEqual([
      'llm-event',
      'llm-event',
      'tts-audio',
      'tts-audio',
      'tts-done',
    ]);
  });

  test.each([0, -8_000, 4_000, 22_050.5, 96_000, Number.NaN, Number.POSITIVE_INFINITY])(
    'at %d Hz is a failure of its provider, not of the call',
    async (rate) => {
      const told = await speak(rate);

      expect(told.map(({ type }) => type).sort()).toEqual(['llm-error', 'tts-error']);
      expect(told[0]).toMatchObject({ error: { code: 'provider-protocol' } });
    },
  );
});
