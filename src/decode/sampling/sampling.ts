import type { GenerationConfig } from '../settings/generation-config.ts';
import { banned } from '../step/scores.ts';
import {
  epsilonWarper,
  etaWarper,
  minPWarper,
  probabilitiesOf,
  temperatureWarper,
  topPWarper,
  typicalWarper,
  type Warper,
} from './warper.ts';

/** How tokens are drawn. */
export interface Sampling {
  readonly seed: number;
  /** So many of the likeliest tokens are drawn from; all when 0. The graph picks them. */
  readonly topK: number;
  /** What is done to their logits, in this order. */
  readonly warpers: readonly Warper[];
}

/** `GenerationConfig`'s own default for `top_k`. */
const defaultTopK = 50;
const defaultSeed = 42;

/**
 * The drawing that a config asks for, in the order of Transformers 4.46: temperature, top_k, top_p, min_p, typical_p,
 * epsilon_cutoff, eta_cutoff. A temperature changes no order, so top_k may come before it.
 */
export function samplingOf(config: GenerationConfig): Sampling {
  const { temperature, top_p, min_p, typical_p, epsilon_cutoff, eta_cutoff } = config;
  const isBetween = (x: number | null | undefined): x is number => typeof x === 'number' && x > 0 && x < 1;
  return {
    seed: config.seed ?? defaultSeed,
    topK: config.top_k ?? defaultTopK,
    warpers: [
      ...(temperature && temperature !== 1 ? [temperatureWarper(temperature)] : []),
      ...(typeof top_p === 'number' && top_p < 1 ? [topPWarper(top_p)] : []),
      ...(min_p ? [minPWarper(min_p)] : []),
      ...(isBetween(typical_p) ? [typicalWarper(typical_p)] : []),
      ...(isBetween(epsilon_cutoff) ? [epsilonWarper(epsilon_cutoff)] : []),
      ...(isBetween(eta_cutoff) ? [etaWarper(eta_cutoff)] : []),
    ],
  };
}

/** What is wrong with a config that samples. */
export function samplingViolations(config: GenerationConfig): string[] {
  const shares = ['top_p', 'min_p', 'typical_p', 'epsilon_cutoff', 'eta_cutoff'] as const;
  const outside = shares.filter((field) => !((config[field] ?? 0) >= 0 && (config[field] ?? 0) <= 1));
  return [
    ...((config.num_beams ?? 1) > 1 ? [`do_sample needs num_beams = 1, got ${config.num_beams}`] : []),
    ...((config.temperature ?? 1) > 0 ? [] : [`temperature must be above 0, got ${config.temperature}`]),
    ...outside.map((field) => `${field} must lie in 0 … 1, got ${config[field]}`),
  ];
}

/**
 * Draws one entry of a row: where it lies, or −1 when all are banned.
 *
 * `scores`: log-probabilities; `tokens`: the token of each, their place when absent. `random`: uniform in [0, 1).
 * The distribution is inverted over the tokens in the order of their ids, which does not change when an engine rounds
 * two scores the other way round.
 */
export function draw(
  scores: Float32Array,
  tokens: Int32Array | undefined,
  { warpers }: Pick<Sampling, 'warpers'>,
  random: number,
): number {
  const row = new Float64Array(scores);
  for (let i = 0; i < row.length; i++) if (row[i] <= banned / 2) row[i] = Number.NEGATIVE_INFINITY;
  for (const warp of warpers) warp(row);
  const p = probabilitiesOf(row);
  const order = tokens ? p.map((_, i) => i).sort((i, j) => tokens[i] - tokens[j]) : undefined;
  let left = random;
  let last = -1;
  for (let i = 0; i < p.length; i++) {
    const at = order ? order[i] : i;
    if (!(p[at] > 0)) continue;
    last = at;
    left -= p[at];
    if (left < 0) break;
  }
  return last;
}
