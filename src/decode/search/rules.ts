import type { GenerationSettings } from '../settings/generation-settings.ts';
import type { StepRules } from '../step/graph.ts';
import type { ScoreRules } from '../step/scores.ts';

/**
 * What of a call's settings its steps are compiled for; everything else is fed.
 *
 * @param vocabulary tokens that can be generated.
 */
export function rulesOf(settings: GenerationSettings, showsAttention: boolean, vocabulary: number): StepRules {
  const { sampling } = settings;
  const normalized = normalizedOf(settings);
  if (!sampling) {
    const count = candidateCount(settings);
    const candidates = count === 1 ? 1 : bucketOf(count, leastSearched);
    return { normalized, showsAttention, drawn: 'none', candidates };
  }
  const isFromBest = sampling.topK > 0 && sampling.topK < vocabulary;
  if (!isFromBest) return { normalized, showsAttention, drawn: 'all', candidates: vocabulary };
  return { normalized, showsAttention, drawn: 'best', candidates: bucketOf(sampling.topK, leastDrawn) };
}

/** The best continuations of a sentence that a search wants, so that beams go on whichever of them end. */
export const candidateCount = ({ beams, ends }: GenerationSettings): number =>
  beams === 1 ? 1 : Math.max(2, 1 + ends.length) * beams;

/** Greedy search and sampling change logits, beam search log-probabilities. */
function normalizedOf({ beams, renormalize, repetitionPenalty }: GenerationSettings): ScoreRules['normalized'] {
  if (beams === 1) return 'after';
  if (!renormalize) return 'before';
  // A ban comes to the same before and after, a penalty does not.
  return repetitionPenalty === 1 ? 'after' : 'both';
}

/** Of up to eight beams, and of `top_k` by default: fewer are found no faster. */
const [leastSearched, leastDrawn] = [16, 64];

/** Candidates that a program is compiled for: a power of two at least as large, so that few programs serve all numbers. */
const bucketOf = (count: number, least: number): number => Math.max(least, 2 ** Math.ceil(Math.log2(count)));
