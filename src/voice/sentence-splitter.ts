/** The first clause of a reply goes to the synthesiser once this much text is there, without waiting for the sentence. */
const EARLY_CLAUSE_AT_CHARS = 60;
const MIN_CLAUSE_CHARS = 25;
/** A sentence longer than this is cut at a space: a synthesiser's request stays bounded. */
const MAX_SENTENCE_CHARS = 400;

/** A terminator, what may close behind it, and the white space that makes it an end. */
const END = /([.!?]+)(["'”’»)\]*_`]*)(\s+)/gu;
const CJK_END = /[。！？]/u;
const CLAUSE_END = /[,;:–—]\s/gu;
const WORD_BEFORE = /(\S*)$/u;
const SPOKEN = /[\p{L}\p{N}]/u;

const ABBREVIATIONS: ReadonlySet<string> = new Set(
  'dr mr mrs ms prof st sr jr vs etc approx inc ltd co no nr ca bzw str tel hr fr abs evtl ggf inkl usw dipl ing mt ave dept est fig vol art'.split(
    ' ',
  ),
);

/**
 * Cuts a stream of text into sentences, each as soon as it is known to be complete. A full stop counts only when the next
 * word has begun and is not written small; abbreviations, initials, ordinals, decimals, URLs and ellipses do not end a
 * sentence, a line break does.
 */
export class SentenceSplitter {
  #text = '';
  #isFirst = true;

  push(delta: string): readonly string[] {
    this.#text += delta;
    const sentences: string[] = [];
    for (let end = this.#nextEnd(); end !== undefined; end = this.#nextEnd()) {
      this.#take(end, sentences);
    }
    return sentences;
  }

  /** What is left, as the last sentence. */
  flush(): readonly string[] {
    const sentences: string[] = [];
    this.#take(this.#text.length, sentences);
    return sentences;
  }

  #take(end: number, into: string[]): void {
    const sentence = this.#text.slice(0, end).trim();
    this.#text = this.#text.slice(end);
    if (!SPOKEN.test(sentence)) return;
    this.#isFirst = false;
    into.push(sentence);
  }

  #nextEnd(): number | undefined {
    return this.#sentenceEnd() ?? this.#earlyClauseEnd() ?? this.#forcedEnd();
  }

  #sentenceEnd(): number | undefined {
    const line = this.#text.indexOf('\n');
    const cjk = this.#text.search(CJK_END);
    const ends = [line, cjk].filter((index) => index >= 0).map((index) => index + 1);
    const stop = this.#stopEnd();
    if (stop !== undefined) ends.push(stop);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  #stopEnd(): number | undefined {
    for (const match of this.#text.matchAll(END)) {
      const end = match.index + match[0].length;
      const before = this.#text.slice(0, match.index);
      if (endsSentence({ before, terminator: match[1] ?? '', next: this.#text.charAt(end) })) {
        return end;
      }
    }
    return undefined;
  }

  #earlyClauseEnd(): number | undefined {
    if (!this.#isFirst || this.#text.length < EARLY_CLAUSE_AT_CHARS) return undefined;
    for (const match of this.#text.matchAll(CLAUSE_END)) {
      if (match.index >= MIN_CLAUSE_CHARS) return match.index + 1;
    }
    return undefined;
  }

  #forcedEnd(): number | undefined {
    if (this.#text.length <= MAX_SENTENCE_CHARS) return undefined;
    const space = this.#text.lastIndexOf(' ', MAX_SENTENCE_CHARS);
    return space > 0 ? space : MAX_SENTENCE_CHARS;
  }
}

interface Stop {
  readonly before: string;
  readonly terminator: string;
  /** First character behind the white space; empty when it has not arrived. */
  readonly next: string;
}

function endsSentence({ before, terminator, next }: Stop): boolean {
  if (/[!?]/u.test(terminator)) return true;
  if (terminator.length > 1 || next === '') return false;
  if (/\p{Ll}/u.test(next)) return false;
  const word = (WORD_BEFORE.exec(before)?.[1] ?? '').replace(/^[("'“„«[*_]+/u, '');
  return !isAbbreviation(word) && !isOrdinal(word, before, next);
}

function isAbbreviation(word: string): boolean {
  if (/^\p{L}$/u.test(word)) return true;
  if (/^(\p{L}{1,3}\.)+\p{L}{1,3}$/u.test(word)) return true;
  return ABBREVIATIONS.has(word.toLowerCase());
}

const MONTHS = /^(jan|feb|mär|mar|apr|mai|jun|jul|aug|sep|okt|oct|nov|dez|dec)/iu;

/** `1. First` at the beginning (a list), `am 3. Mai` within. */
function isOrdinal(word: string, before: string, next: string): boolean {
  if (!/^\d{1,2}$/u.test(word)) return false;
  return before.trim() === word || MONTHS.test(next);
}
