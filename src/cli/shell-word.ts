/** A call as it can be pasted into a shell: words with other than plain characters in quotes. */
export const shellCall = (words: readonly string[]): string =>
  words.map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
