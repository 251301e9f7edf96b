import { classificationScores } from '../../../measure/classes/classification.ts';
import { seqeval } from '../../../measure/tags/seqeval.ts';
import type { TagSchemeName } from '../../../measure/tags/tag-scheme.ts';
import type { SpanScheme } from '../../../models/heads/fields/span-scheme.ts';
import type { Scores } from '../../task.ts';

/** Tags by sentence and word. */
type Tags = readonly (readonly string[])[];

/** How to compare tags. */
export interface TagScoreOptions {
  readonly scheme: SpanScheme;
  /** Every character is a word: blanks never count, and characters are also scored by themselves. */
  readonly isOfCharacters: boolean;
  /** Makes the reading of spans strict. */
  readonly seqevalScheme?: TagSchemeName | undefined;
}

/** The names of a tagger's scores, without `loss`. */
export const tagScoreNames = ({ scheme, isOfCharacters }: TagScoreOptions): string[] => [
  'accuracy',
  ...(scheme === 'none' ? [] : ['f1', 'precision', 'recall', 'f1_macro']),
  ...(isOfCharacters ? ['f1_character'] : []),
];

/**
 * Scores of tags, 0–1: `accuracy`, the share of words with the right tag; if tags mark spans, `f1`, `precision` and
 * `recall` of the spans, and `f1_macro`, the mean of f1 over their types; for characters `f1_character`, the mean of f1
 * over all tags.
 *
 * Source: seqeval 1.2.2; Park et al. 2021 (KLUE), whose entity F1 is `f1_macro` read strictly as IOB2, and whose
 * character F1 is `f1_character`; both ignore blanks.
 */
export function tagScores(predicted: Tags, actual: Tags, words: Tags, options: TagScoreOptions): Scores {
  const isCounted = (sentence: number, word: number) =>
    !options.isOfCharacters || words[sentence]?.[word]?.trim() !== '';
  const counted = (tags: Tags) => tags.map((row, sentence) => row.filter((_, word) => isCounted(sentence, word)));
  const [found, right] = [counted(predicted), counted(actual)];
  const { accuracy, macro } = classificationScores(found.flat(), right.flat());
  const spans = options.scheme === 'none' ? undefined : seqeval(found, right, { scheme: options.seqevalScheme });
  return {
    accuracy,
    ...(spans && {
      f1: spans.f1,
      precision: spans.precision,
      recall: spans.recall,
      f1_macro: spans.macro.f1,
      f1_signature: spans.signature,
    }),
    ...(options.isOfCharacters && { f1_character: macro.f1 }),
  };
}
