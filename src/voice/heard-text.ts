/** Speech of a language and voice not yet measured: about 15 characters a second. */
const TYPICAL_MS_PER_CHAR = 65;

/** A sentence as it was handed to the media engine. */
export interface PlayedSentence {
  readonly text: string;
  /** Audio written for it. */
  readonly writtenMs: number;
  /** All its audio has been written: its length is known. */
  readonly isComplete: boolean;
  /** The media engine reported its last sample as sent. */
  readonly markReached: boolean;
}

/**
 * The words of a playout that were heard: sentences whose mark was reached, and of the next one the share of its words that
 * `playedMs` covers. Without `playedMs` the marks alone count. At most one word off: words are taken to last as long as they
 * are written.
 */
export function heardText(sentences: readonly PlayedSentence[], playedMs?: number): string {
  const reached = sentences.findLastIndex((sentence) => sentence.markReached) + 1;
  const whole = sentences.slice(0, reached);
  const cut = sentences[reached];
  const heard = whole.map((sentence) => sentence.text);
  if (cut !== undefined && playedMs !== undefined) {
    const restMs = playedMs - whole.reduce((sum, sentence) => sum + sentence.writtenMs, 0);
    heard.push(heardWords(cut.text, restMs / lengthMs(cut, whole)));
  }
  return heard.filter((text) => text !== '').join(' ');
}

function lengthMs(cut: PlayedSentence, whole: readonly PlayedSentence[]): number {
  if (cut.isComplete) return cut.writtenMs;
  const chars = whole.reduce((sum, sentence) => sum + sentence.text.length, 0);
  const measuredMs = whole.reduce((sum, sentence) => sum + sentence.writtenMs, 0);
  const msPerChar = chars === 0 ? TYPICAL_MS_PER_CHAR : measuredMs / chars;
  return Math.max(cut.writtenMs, cut.text.length * msPerChar);
}

/** A word counts when more than half of it was played. */
function heardWords(text: string, share: number): string {
  const heardChars = text.length * Math.min(1, share);
  const words: string[] = [];
  for (const { 0: word, index } of text.matchAll(/\S+/gu)) {
    if (index + word.length / 2 >= heardChars) break;
    words.push(word);
  }
  return words.join(' ');
}
