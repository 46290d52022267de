const MAX_CHARS = 2_000;
/** About fifteen seconds of speech: the rest of a long sentence is spoken while this is heard. */
const MAX_PIECE_CHARS = 240;

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

/** Up to the last clause that fits, or word, or as much as fits. */
function pieceLength(text: string): number {
  if (text.length <= MAX_PIECE_CHARS) return text.length;
  const fitting = text.slice(0, MAX_PIECE_CHARS);
  const clause = fitting.search(/[,;:.!?] [^,;:.!?]*$/);
  if (clause > 0) return clause + 1;
  const word = fitting.lastIndexOf(' ');
  return word > 0 ? word : MAX_PIECE_CHARS;
}
