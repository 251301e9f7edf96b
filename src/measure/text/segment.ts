import { InputError } from '../../io/error.ts';

/** One line of system output and the references given for it. */
export interface Segment {
  readonly hypothesis: string;
  readonly references: readonly string[];
}

/** `references[j][i]` is the j-th reference of segment i; null where segment i has no j-th reference. */
export type ReferenceStreams = readonly (readonly (string | null)[])[];

/** Segments, and how many references each has: one number, or `var` where the number differs. */
export interface Corpus {
  readonly segments: readonly Segment[];
  readonly nrefs: number | 'var';
}

/**
 * Puts every hypothesis beside its references.
 *
 * @throws {InputError} without hypotheses or references, when a reference stream has another length than the
 * hypotheses, and when a segment is left without a reference (sacreBLEU scores such a segment wrongly or fails).
 */
export function pairSegments(metric: string, hypotheses: readonly string[], references: ReferenceStreams): Corpus {
  if (hypotheses.length === 0) throw new InputError(`${metric}: at least one hypothesis must be given, got none`);
  if (references.length === 0) throw new InputError(`${metric}: at least one reference must be given, got none`);
  references.forEach((stream, j) => {
    if (stream.length === hypotheses.length) return;
    throw new InputError(
      `${metric}: a reference must have as many lines as the hypotheses, ` +
        `got ${stream.length} for ${hypotheses.length} hypotheses, at reference ${j + 1}`,
    );
  });
  const segments = hypotheses.map((hypothesis, i) => {
    const given = references.map((stream) => stream[i]).filter((text) => text !== null);
    if (given.length > 0) return { hypothesis, references: given };
    throw new InputError(`${metric}: every segment must have a reference, got none, at segment ${i + 1}`);
  });
  const counts = new Set(segments.map((segment) => segment.references.length));
  return { segments, nrefs: counts.size === 1 ? segments[0].references.length : 'var' };
}
