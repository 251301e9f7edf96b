import type { BeamEditDistance, Edit } from '../text/edit-distance.ts';

/** Tercom's limits: words per shift, shift distance, and candidates per sentence. */
const maxShiftSize = 10;
const maxShiftDistance = 50;
const maxShiftCandidates = 1000;

/** The words after the best shift, and how much it reduces the edit distance (may be negative). */
interface Shift {
  readonly gain: number;
  readonly length: number;
  readonly start: number;
  readonly target: number;
  readonly words: readonly string[];
}

/**
 * Edits that turn `hypothesis` into `reference`, where moving a run of words counts as one edit.
 *
 * Shifts are chosen greedily, the most useful first, until no shift helps.
 *
 * Source: Snover et al. 2006, figure 1; order of candidates and limits of Tercom as in Post 2018 (sacreBLEU 2.6).
 */
export function translationEdits(
  hypothesis: readonly string[],
  reference: readonly string[],
  distance: BeamEditDistance,
): number {
  let words = hypothesis;
  let shifts = 0;
  let tried = 0;
  while (true) {
    const candidates = shiftCandidates(words, reference, distance, maxShiftCandidates - tried);
    tried += candidates.length;
    const best = candidates.reduce<Shift | undefined>((a, b) => (a === undefined || isBetter(b, a) ? b : a), undefined);
    if (best === undefined || best.gain <= 0 || tried >= maxShiftCandidates) break;
    words = best.words;
    shifts++;
  }
  return shifts + distance.distance(words);
}

/** Order: larger reduction, then longer, then from further left, then to further left. */
function isBetter(a: Shift, b: Shift): boolean {
  return (a.gain - b.gain || a.length - b.length || b.start - a.start || b.target - a.target) > 0;
}

function shiftCandidates(
  words: readonly string[],
  reference: readonly string[],
  distance: BeamEditDistance,
  limit: number,
): Shift[] {
  const before = distance.distance(words);
  const { align, isHypothesisWrong, isReferenceWrong } = alignment(distance.path(words));
  const candidates: Shift[] = [];
  for (const [start, referenceStart, length] of matchingRuns(words, reference)) {
    if (!isHypothesisWrong.slice(start, start + length).includes(true)) continue;
    if (!isReferenceWrong.slice(referenceStart, referenceStart + length).includes(true)) continue;
    if (start <= align[referenceStart] && align[referenceStart] < start + length) continue;
    let previous = -1;
    for (let position = referenceStart - 1; position < referenceStart + length; position++) {
      const target = position === -1 ? 0 : align[position] + 1;
      if (target === previous) continue;
      previous = target;
      const shifted = move(words, start, length, target);
      candidates.push({ gain: before - distance.distance(shifted), length, start, target, words: shifted });
    }
    if (candidates.length >= limit) break;
  }
  return candidates;
}

interface Alignment {
  /** For each reference position, the aligned hypothesis position or the one before it; −1 before the first. */
  readonly align: readonly number[];
  readonly isHypothesisWrong: readonly boolean[];
  readonly isReferenceWrong: readonly boolean[];
}

function alignment(path: readonly Edit[]): Alignment {
  const align: number[] = [];
  const isHypothesisWrong: boolean[] = [];
  const isReferenceWrong: boolean[] = [];
  for (const edit of path) {
    if (edit !== 'insert') isHypothesisWrong.push(edit !== 'keep');
    if (edit === 'delete') continue;
    align.push(isHypothesisWrong.length - 1);
    isReferenceWrong.push(edit !== 'keep');
  }
  return { align, isHypothesisWrong, isReferenceWrong };
}

/** Every [start in `words`, start in `reference`, length] of equal runs; at each start the shorter ones first. */
function* matchingRuns(
  words: readonly string[],
  reference: readonly string[],
): Generator<readonly [start: number, referenceStart: number, length: number]> {
  for (let start = 0; start < words.length; start++) {
    const last = Math.min(reference.length - 1, start + maxShiftDistance);
    for (let other = Math.max(0, start - maxShiftDistance); other <= last; other++) {
      const room = Math.min(maxShiftSize, words.length - start, reference.length - other);
      for (let n = 0; n < room && words[start + n] === reference[other + n]; n++) yield [start, other, n + 1];
    }
  }
}

/** `words` with the run of `length` at `start` moved to before `target`. */
function move(words: readonly string[], start: number, length: number, target: number): string[] {
  const run = words.slice(start, start + length);
  const rest = [...words.slice(0, start), ...words.slice(start + length)];
  const at = target < start ? target : target > start + length ? target - length : target;
  return [...rest.slice(0, at), ...run, ...rest.slice(at)];
}
