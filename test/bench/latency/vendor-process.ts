import type { ChatBody } from '../../support/providers/fake-chat.ts';
import { FakeDeepgram } from '../../support/providers/fake-deepgram.ts';
import { FakeOpenAi } from '../../support/providers/fake-openai.ts';

/** What the three vendors took for one utterance, in milliseconds of their own clocks. */
export interface VendorShares {
  readonly utterance: number;
  /** Arrival of the last loud audio to the final transcript sent. */
  readonly sttMs: number;
  /** Arrival of the request to the first event sent. */
  readonly llmMs: number;
  readonly ttsMs: number;
}

const JITTER_MS = 10;
const STT_FINAL_MS = 100;
const LLM_FIRST_MS = 200;
const TTS_FIRST_MS = 100;
/** The answer of a conversation that is long enough to be interrupted. */
const LONG_ANSWER = 3;

const openai = await FakeOpenAi.start();
const deepgram = await FakeDeepgram.start();
Object.assign(deepgram.options, {
  finalOn: 'silence',
  finalDelayMs: STT_FINAL_MS,
  jitterMs: JITTER_MS,
  answer: (speech: number) => ({ type: 'final', text: `Utterance ${speech + 1}` }),
});
Object.assign(openai.chat, { firstMs: LLM_FIRST_MS, jitterMs: JITTER_MS, reply: replyTo });
Object.assign(openai.speech, { firstMs: TTS_FIRST_MS, jitterMs: JITTER_MS });

/** Names the utterance that it answers, so that each request can be told apart. */
function replyTo(body: ChatBody): { text: string } {
  const said = userMessages(body);
  const isLong = said.length === LONG_ANSWER;
  const rest = isLong ? ' with everything that there is to say about it and some more' : '';
  return { text: `Answer ${lastNumber(said.at(-1) ?? '')}${rest}.` };
}

function userMessages({ messages }: ChatBody): string[] {
  if (!Array.isArray(messages)) return [];
  return messages.filter(({ role }) => role === 'user').map(({ content }) => String(content));
}

function lastNumber(text: string): number {
  return Number(text.match(/\d+/g)?.at(-1) ?? 0);
}

function takeShares(): VendorShares[] {
  const finals = deepgram.log.finals.splice(0);
  const exchanges = openai.exchanges.splice(0);
  return finals.flatMap(({ text, lastSpeechAtMs, finalSentAtMs }) => {
    const utterance = lastNumber(text);
    const llmMs = firstByteDelay(
      exchanges.find(
        ({ endpoint, body }) =>
          endpoint === 'chat' && lastNumber(userMessages(body).at(-1) ?? '') === utterance,
      ),
    );
    const ttsMs = firstByteDelay(
      exchanges.find(
        ({ endpoint, body: { input } }) =>
          endpoint === 'speech' && lastNumber(String(input)) === utterance,
      ),
    );
    if (lastSpeechAtMs === undefined || llmMs === undefined || ttsMs === undefined) return [];
    return [{ utterance, sttMs: finalSentAtMs - lastSpeechAtMs, llmMs, ttsMs }];
  });
}

function firstByteDelay(
  exchange: { receivedAtMs: number; firstByteAtMs: number | undefined } | undefined,
): number | undefined {
  if (exchange?.firstByteAtMs === undefined) return undefined;
  return exchange.firstByteAtMs - exchange.receivedAtMs;
}

process.on('message', () => process.send?.(takeShares()));
process.on('disconnect', () => process.exit());
process.send?.({ openaiUrl: openai.baseUrl, deepgramUrl: deepgram.baseUrl });
