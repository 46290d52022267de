const MAX_CHARS = 2_000;
/** About fifteen seconds of speech. */
const MAX_PIECE_CHARS = 240;
/** A clause of this length is spoken by itself: the rest of the sentence is synthesized while it is heard. */
const MIN_CLAUSE_CHARS = 40;

const PUNCTUATION: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': ', ',
  '—': ', ',
};

/** The text as Flite can read it (printable ASCII), in pieces; none when there is nothing to say. */
export function toSpeakablePieces(text: string): readonly string[] {
  const plain = text
    .slice(0, MAX_CHARS)
    .normalize('NFKD')
    .replace(/[‘’“”–—]/g, (mark) => PUNCTUATION[mark] ?? ' ')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
  const pieces: string[] = [];
  for (let rest = plain; rest !== ''; ) {
    const length = pieceLength(rest);
    pieces.push(rest.slice(0, length).trim());
    rest = rest.slice(length).trim();
  }
  return pieces.filter((piece) => /[a-z0-9]/i.test(piece));
}

/** Up to the end of the first clause that is long enough, or of the last word that fits, or as much as fits. */
function pieceLength(text: string): number {
  const fitting = text.slice(0, MAX_PIECE_CHARS);
  const clause = fitting.slice(MIN_CLAUSE_CHARS).search(/[,;:.!?] /);
  if (clause >= 0) return MIN_CLAUSE_CHARS + clause + 1;
  if (text.length <= MAX_PIECE_CHARS) return text.length;
  const word = fitting.lastIndexOf(' ');
  return word > 0 ? word : MAX_PIECE_CHARS;
}
