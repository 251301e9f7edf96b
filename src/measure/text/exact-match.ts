import { pairSegments, type ReferenceStreams } from './segment.ts';

export interface ExactMatchOptions {
  /** Lower-cases both sides first. Default false. */
  readonly lowercase?: boolean | undefined;
}

/**
 * Share of hypotheses that equal one of their references, character by character, 0–1.
 *
 * `references[j][i]` is the j-th reference of segment i, null if there is none.
 *
 * Source: Rajpurkar et al. 2016, without their removal of articles and punctuation.
 * @throws {InputError} on unequal lengths, no segments, a segment without reference.
 */
export function exactMatch(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  { lowercase = false }: ExactMatchOptions = {},
): number {
  const { segments } = pairSegments('exact_match', hypotheses, references);
  const fold = (text: string) => (lowercase ? text.toLowerCase() : text);
  const hits = segments.filter((segment) => segment.references.map(fold).includes(fold(segment.hypothesis)));
  return hits.length / segments.length;
}
