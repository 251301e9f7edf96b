import type { GenerationSettings } from '../settings/generation-settings.ts';
import type { StepRules } from '../step/graph.ts';
import type { ScoreRules } from '../step/scores.ts';

/**
 * The settings of a call for which its steps are compiled; all others are inputs.
 *
 * @param vocabulary number of tokens that can be generated.
 */
export function rulesOf(settings: GenerationSettings, showsAttention: boolean, vocabulary: number): StepRules {
  const { sampling } = settings;
  const normalized = normalizedOf(settings);
  if (!sampling) {
    const count = candidateCount(settings);
    const candidates = count === 1 ? 1 : bucketOf(count, leastSearched);
    const changes =
      normalized !== 'before' || settings.repetitionPenalty !== 1 || count + mostBans(settings) > candidates;
    return { normalized, showsAttention, drawn: 'none', candidates, changes };
  }
  const isFromBest = sampling.topK > 0 && sampling.topK < vocabulary;
  if (!isFromBest) return { normalized, showsAttention, drawn: 'all', candidates: vocabulary, changes: true };
  return { normalized, showsAttention, drawn: 'best', candidates: bucketOf(sampling.topK, leastDrawn), changes: true };
}

/**
 * The number of best continuations that a search needs for a sentence, so that beams continue whichever of them end.
 */
export const candidateCount = ({ beams, ends }: GenerationSettings): number =>
  beams === 1 ? 1 : Math.max(2, 1 + ends.length) * beams;

/** The most candidates of a step that can be banned. */
function mostBans(settings: GenerationSettings): number {
  const { bannedTokens, bannedFirst, bannedSequences, ends, minLength, promptLength, noRepeatNgramSize } = settings;
  if (noRepeatNgramSize > 0) return Number.POSITIVE_INFINITY;
  const early = minLength > promptLength ? ends.length : 0;
  return settings.beams * (bannedTokens.length + bannedFirst.length + bannedSequences.length + early);
}

/** Greedy search and sampling modify logits, beam search log-probabilities. */
function normalizedOf({ beams, renormalize, repetitionPenalty }: GenerationSettings): ScoreRules['normalized'] {
  if (beams === 1) return 'after';
  if (!renormalize) return 'before';
  // A ban has the same effect before and after normalisation; a penalty does not.
  return repetitionPenalty === 1 ? 'after' : 'both';
}

/** Enough for eight beams, and for the default of `top_k`; finding fewer is not faster. */
const [leastSearched, leastDrawn] = [16, 64];

/**
 * The number of candidates a program is compiled for: the next power of two, so that few programs serve all numbers.
 */
const bucketOf = (count: number, least: number): number => Math.max(least, 2 ** Math.ceil(Math.log2(count)));
