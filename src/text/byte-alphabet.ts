/**
 * The printable characters that stand for bytes, and the byte of each. Bytes that are printable in Latin-1 stand for
 * themselves; U+0100 … U+0143 stand for the others, in order.
 *
 * Source: `bytes_to_unicode` of GPT-2 (Radford et al. 2019).
 */
export const byteAlphabet: ReadonlyMap<string, number> = (() => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const isPrinted = (byte: number): boolean => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  const others = bytes.filter((byte) => !isPrinted(byte));
  const characterOf = (byte: number): number => (isPrinted(byte) ? byte : 0x100 + others.indexOf(byte));
  return new Map(bytes.map((byte) => [String.fromCodePoint(characterOf(byte)), byte]));
})();
