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
  'dr mr mrs ms prof st sr jr vs etc approx inc ltd co ca bzw str tel hr fr abs evtl ggf inkl usw dipl mt ave dept'.split(
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
    const sentences: string[] = [];
    // By pieces: what is searched stays short, whatever a model sends at once.
    for (let from = 0; from < delta.length; from += MAX_SENTENCE_CHARS) {
      this.#text += delta.slice(from, from + MAX_SENTENCE_CHARS);
      for (let end = this.#nextEnd(); end !== undefined; end = this.#nextEnd()) {
        this.#take(end, sentences);
      }
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
      if (endsSentence({ before, terminator: match[1] ?? '', rest: this.#text.slice(end) })) {
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
  /** What has arrived behind the white space, at least the beginning of it. */
  readonly rest: string;
}

function endsSentence({ before, terminator, rest }: Stop): boolean {
  if (/[!?]/u.test(terminator)) return true;
  if (terminator.length > 1 || rest === '') return false;
  if (/^\p{Ll}/u.test(rest)) return false;
  const word = (WORD_BEFORE.exec(before)?.[1] ?? '').replace(/^[("'“„«[*_]+/u, '');
  return !isAbbreviation(word, rest) && !isOrdinal(word, before, rest);
}

function isAbbreviation(word: string, rest: string): boolean {
  if (/^\p{L}$/u.test(word)) return true;
  if (/^(\p{L}{1,3}\.)+\p{L}{1,3}$/u.test(word)) return true;
  if (/^(no|nr)$/iu.test(word)) return /^\d/u.test(rest);
  return ABBREVIATIONS.has(word.toLowerCase());
}

const MONTH = /^(jan|feb|mär|mar|apr|mai|jun|jul|aug|sep|okt|dez)/iu;
const MONTH_KNOWN_AFTER_CHARS = 3;

/** `1. First` at the beginning (a list), `am 3. Mai` within. */
function isOrdinal(word: string, before: string, rest: string): boolean {
  if (!/^\d{1,2}$/u.test(word)) return false;
  if (before.trim() === word) return true;
  return rest.length < MONTH_KNOWN_AFTER_CHARS || MONTH.test(rest);
}
