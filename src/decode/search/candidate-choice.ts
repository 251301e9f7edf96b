import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import type { EngineTensor, HostTensor } from '../../runtime/backend.ts';
import type { Candidate } from '../path.ts';
import { draw } from '../sampling/draw.ts';
import { uniform } from '../sampling/philox.ts';
import type { Sentence } from '../sentence.ts';
import type { Bans } from '../step/feeds.ts';
import { floatsOf, idsOf, resultOf } from '../step/host.ts';
import type { StepProgram } from '../step/programs.ts';
import { banned } from '../step/scores.ts';
import { candidateCount } from './rules.ts';

/** The continuations of the sentence in a row. */
export type CandidatesOf = (row: number) => Candidate[];

/** The results of one step, and its options. */
export interface StepResult {
  readonly step: StepProgram;
  readonly results: Readonly<Record<string, HostTensor | EngineTensor>>;
  readonly sentences: readonly Sentence[];
  readonly beams: number;
  /** Banned tokens, in addition to those that always are. */
  readonly bans: Bans;
}

/**
 * Chooses candidates by a step's rules: the best, or sampled ones. Throws an {@link InputError} for scores that are
 * NaN.
 */
export function candidatesOf(result: StepResult): CandidatesOf {
  const scores = floatsOf(resultOf(result.results, 'scores'));
  const size = scores.length / result.sentences.length;
  const choose = result.step.rules.drawn === 'none' ? bestCandidates : drawnCandidates;
  const chosen = choose(result, scores);
  return (row) => {
    for (let at = row * size; at < (row + 1) * size; at++) {
      if (!Number.isNaN(scores[at])) continue;
      throw new InputError(
        'generate: expected scores that are numbers, got NaN: the weights or what is fed are not finite',
      );
    }
    return chosen(row);
  };
}

/** If all tokens are banned, normalised scores no longer show it. */
const isBanned = ({ sentences, bans, beams }: StepResult, row: number, beam: number, token: number): boolean =>
  sentences[row]?.settings.bannedTokens.includes(token) || (bans.get(row * beams + beam)?.includes(token) ?? false);

function isDescending(numbers: Float32Array, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at++) if (numbers[at]! > numbers[at - 1]!) return false;
  return true;
}

function bestCandidates(result: StepResult, scores: Float32Array): CandidatesOf {
  const { results, sentences } = result;
  const [tokens, beams] = [idsOf(resultOf(results, 'candidates')), idsOf(resultOf(results, 'beams'))];
  const count = scores.length / sentences.length;
  return (row) => {
    const wanted = candidateCount(itemAt(sentences, row, 'a row').settings);
    const [from, to] = [row * count, (row + 1) * count];
    const areSorted = isDescending(scores, from, to);
    const found: Candidate[] = [];
    for (let at = from; at < to && !(areSorted && found.length === wanted); at++) {
      const beam = beams[at]!;
      const token = tokens[at]!;
      const score = scores[at]!;
      if (score > banned / 2 && !isBanned(result, row, beam, token)) found.push({ beam, token, score, sample: 0 });
    }
    return areSorted ? found : found.sort((a, b) => b.score - a.score).slice(0, wanted);
  };
}

/**
 * One sampled token for each sample of a sentence. The random number is a function of (seed; index of the sentence in
 * the call, sample, index of the generated token), so it does not depend on batches, sessions or the order of runs.
 */
function drawnCandidates(result: StepResult, scores: Float32Array): CandidatesOf {
  const { results, sentences, beams } = result;
  const width = scores.length / (sentences.length * beams);
  const tokens = results.candidates && idsOf(results.candidates);
  return (row) => {
    const { search, settings, source } = itemAt(sentences, row, 'a row');
    const sampling = settings.sampling!;
    return search.draws.flatMap(({ beam, sample }): Candidate[] => {
      const path = itemAt(search.paths, beam, 'a beam');
      const from = (row * beams + beam) * width;
      const count = path.length - settings.promptLength;
      const to = from + (tokens ? Math.min(width, sampling.topK) : width);
      const at = draw(
        scores.subarray(from, to),
        tokens?.subarray(from, to),
        sampling.warpers,
        uniform(sampling.seed, [source.place, sample, count]),
      );
      if (at < 0) return [];
      const token = tokens ? itemAt(tokens, from + at, 'a token') : at;
      if (isBanned(result, row, beam, token)) return [];
      return [{ beam, sample, token, score: path.score + itemAt(scores, from + at, 'a score') }];
    });
  };
}
