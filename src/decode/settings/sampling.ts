import {
  epsilonWarper,
  etaWarper,
  minPWarper,
  temperatureWarper,
  topPWarper,
  typicalWarper,
  type Warper,
} from '../sampling/warper.ts';
import { type GenerationConfig, generationNumbers } from './generation-config.ts';

/** How to sample tokens. */
export interface Sampling {
  readonly seed: number;
  /** Sample from this many of the likeliest tokens; from all if 0. The graph selects them. */
  readonly topK: number;
  /** The warpers of their logits, in order. */
  readonly warpers: readonly Warper[];
}

/** The default of `top_k` in `GenerationConfig`. */
const defaultTopK = 50;
const defaultSeed = 42;

/**
 * The sampling of a config, in the order of Transformers 4.46: temperature, top_k, top_p, min_p, typical_p,
 * epsilon_cutoff, eta_cutoff. A temperature does not change the order, so top_k can come first.
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
    ...(generationNumbers.temperature.nullish().safeParse(config.temperature).success
      ? []
      : [`temperature must be in 1e-6 … 1e6, got ${config.temperature}`]),
    ...outside.map((field) => `${field} must be in 0 … 1, got ${config[field]}`),
  ];
}
