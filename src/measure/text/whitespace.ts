/**
 * White space as sacreBLEU's `str.split()` sees it: Unicode's `White_Space` and the four separators U+001C–U+001F.
 * JavaScript's `\s` differs: it includes U+FEFF and excludes U+0085 and the separators.
 */
const space = `[\\p{White_Space}${String.fromCharCode(0x1c)}-${String.fromCharCode(0x1f)}]+`;
const runs = new RegExp(space, 'gu');
const leading = new RegExp(`^${space}`, 'u');

/** The words between runs of white space; none for blank text. */
export function splitWords(text: string): string[] {
  return text.split(runs).filter((word) => word !== '');
}

/** `text` with one space between words and none around them. */
export function squeeze(text: string): string {
  return splitWords(text).join(' ');
}

/** `text` without white space at its end. */
export function trimEnd(text: string): string {
  let end = 0;
  let from = 0;
  for (const run of text.matchAll(runs)) {
    end = run.index;
    from = run.index + run[0].length;
  }
  return from < text.length ? text : text.slice(0, end);
}

/** `text` without white space at either end. */
export function trim(text: string): string {
  return trimEnd(text).replace(leading, '');
}
