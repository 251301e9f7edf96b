/** A part of a text in UTF-16 units, and whether a pattern matches it. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly isMatch: boolean;
}

/** The matches of a global pattern and what is between them. They cover the text. */
export function matchesOf(text: string, pattern: RegExp): Part[] {
  const parts: Part[] = [];
  let done = 0;
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const start = found.index;
    if (start > done) parts.push({ start: done, end: start, isMatch: false });
    done = start + found[0].length;
    if (done === start) {
      // A pattern of the flag u moves on by a character, not into one.
      pattern.lastIndex = done + ((text.codePointAt(done) ?? 0) > 0xffff ? 2 : 1);
    } else parts.push({ start, end: done, isMatch: true });
  }
  if (done < text.length) parts.push({ start: done, end: text.length, isMatch: false });
  return parts;
}

/** What becomes of the matches when a text is split at them, as `tokenizer.json` names it. */
export const splitBehaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
export type SplitBehavior = (typeof splitBehaviors)[number];

/**
 * The parts of a text that is split.
 *
 * Source: tokenizers 0.23 tokenizer/normalizer.rs (`NormalizedString::split`).
 */
export const splits: Readonly<Record<SplitBehavior, (parts: readonly Part[]) => readonly Part[]>> = {
  Removed: (parts) => parts.filter(({ isMatch }) => !isMatch),
  Isolated: (parts) => parts,
  Contiguous: (parts) => merged(parts, (part, before) => part.isMatch === before.isMatch),
  MergedWithPrevious: (parts) => merged(parts, (part, before) => part.isMatch && !before.isMatch),
  MergedWithNext: (parts) => merged(parts, (part, before) => before.isMatch && !part.isMatch),
};

/** Joins each part to the one before it if `joins` says so of the two. */
function merged(parts: readonly Part[], joins: (part: Part, before: Part) => boolean): Part[] {
  const all: Part[] = [];
  parts.forEach((part, at) => {
    const last = all.at(-1);
    if (last && joins(part, parts[at - 1])) all[all.length - 1] = { ...last, end: part.end };
    else all.push(part);
  });
  return all;
}
