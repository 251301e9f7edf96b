import { InputError } from '../../io/error.ts';

/** One line of system output and its references. */
export interface Segment {
  readonly hypothesis: string;
  readonly references: readonly string[];
}

/** `references[j][i]` is the j-th reference of segment i; null where segment i has no j-th reference. */
export type ReferenceStreams = readonly (readonly (string | null)[])[];

/** Segments, and the number of references per segment, or `var` if it varies. */
export interface Corpus {
  readonly segments: readonly Segment[];
  readonly nrefs: number | 'var';
}

/**
 * Pairs every hypothesis with its references.
 *
 * @throws {InputError} without hypotheses or references, when a reference stream and the hypotheses differ in length,
 *   and when a segment has no reference (sacreBLEU scores such a segment wrongly or fails).
 */
export function pairSegments(metric: string, hypotheses: readonly string[], references: ReferenceStreams): Corpus {
  if (hypotheses.length === 0) throw new InputError(`${metric}: no hypotheses`);
  if (references.length === 0) throw new InputError(`${metric}: no references`);
  references.forEach((stream, j) => {
    if (stream.length === hypotheses.length) return;
    throw new InputError(
      `${metric}: expected a reference with as many lines as the hypotheses, ` +
        `got ${stream.length} for ${hypotheses.length} hypotheses, at reference ${j + 1}`,
    );
  });
  const segments = hypotheses.map((hypothesis, i) => {
    const given = references.map((stream) => stream[i]).filter((text) => text !== null);
    if (given.length > 0) return { hypothesis, references: given };
    throw new InputError(`${metric}: segment ${i + 1} has no reference`);
  });
  const counts = new Set(segments.map((segment) => segment.references.length));
  return { segments, nrefs: counts.size === 1 ? segments[0].references.length : 'var' };
}
