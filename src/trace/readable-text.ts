const decoder = new TextDecoder();

/** What the octets of a byte string say when they are UTF-8, without characters that a terminal obeys; lines end in LF. */
export function readableText(byteString: string): string {
  const bytes = Uint8Array.from(byteString, (character) => character.charCodeAt(0));
  return printable(decoder.decode(bytes));
}

/** Line breaks stay; every other control or direction character becomes U+FFFD. */
function printable(text: string): string {
  const lines = text.replaceAll('\r\n', '\n');
  return lines.replace(/[^\P{C}\n]|[\u2028\u2029]/gu, '\ufffd');
}
