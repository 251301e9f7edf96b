import { reportAll } from '../../io/error.ts';
import { type GenerationConfig, isGiven, lengthPairs, overlay } from './generation-config.ts';

/** Fields without effect here, and the only value that a call may give them. */
const idle: Readonly<Record<string, boolean>> = {
  use_cache: true,
  output_attentions: false,
  output_hidden_states: false,
  output_scores: false,
  output_logits: false,
  return_dict_in_generate: false,
};

/** Fields that act only in sampling, and the values with which they change nothing. */
const ofSampling: Readonly<Record<string, number | undefined>> = {
  seed: undefined,
  temperature: 1,
  top_k: 50,
  top_p: 1,
  min_p: 0,
  typical_p: 1,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
};

/**
 * The config of a call: its own `fields` over a model's `defaults`. A field of the call that would have no effect is
 * refused; a model's file may have such fields.
 *
 * @throws {InputError} for two settings of the same length, a sampling field without `do_sample`, `early_stopping`
 *   without beams, and a field that is not supported.
 */
export function callConfig(defaults: GenerationConfig, fields: GenerationConfig): GenerationConfig {
  const config = overlay(defaults, fields);
  const given = Object.entries(fields).filter(([, value]) => isGiven(value));
  const violations = [
    ...lengthPairs
      .filter((pair) => pair.every((name) => isGiven(fields[name])))
      .map(([length, added]) => `expected ${length} or ${added}, got both`),
    ...given.flatMap(([name, value]) =>
      Object.hasOwn(idle, name) && value !== idle[name]
        ? [`${name}: expected ${idle[name]}, the only supported value, got ${JSON.stringify(value)}`]
        : [],
    ),
    ...given.flatMap(([name, value]) =>
      Object.hasOwn(ofSampling, name) && value !== ofSampling[name] && !config.do_sample
        ? [`${name}: needs do_sample: true, got ${value} without it`]
        : [],
    ),
    ...(isGiven(fields.early_stopping) && fields.early_stopping !== false && (config.num_beams ?? 1) === 1
      ? [`early_stopping: needs num_beams above 1, got ${fields.early_stopping} without it`]
      : []),
  ];
  if (violations.length > 0) throw reportAll('generation', violations);
  return config;
}
