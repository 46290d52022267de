const LINK = /!?\[([^\]\n]*)\]\([^)\n]*\)/gu;
const LINE_MARKER = /^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•][ \t]+)/gmu;
const STRONG = /\*\*|__|~~|`+/gu;
const EMPHASIS_OPEN = /(^|[\s("'“])[*_](?=\S)/gu;
const EMPHASIS_CLOSE = /(\S)[*_](?=$|[\s.,;:!?)"'”])/gu;
const PICTOGRAPH = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u{FE0F}|\u{200D}|\u{20E3}/gu;
const WHITE_SPACE = /\s+/gu;

/** What a synthesiser should read of a sentence that a model wrote: no Markdown, no emoji, one line. Empty: nothing to say. */
export function spokenText(written: string): string {
  const spoken = written
    .replace(LINK, '$1')
    .replace(LINE_MARKER, '')
    .replace(STRONG, '')
    .replace(EMPHASIS_OPEN, '$1')
    .replace(EMPHASIS_CLOSE, '$1')
    .replace(PICTOGRAPH, '')
    .replace(WHITE_SPACE, ' ')
    .trim();
  return /[\p{L}\p{N}]/u.test(spoken) ? spoken : '';
}
