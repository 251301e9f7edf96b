/** A Marian small enough for the float64 reference, with random parameters. */
import { type Value, value } from '../../src/graph/index.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { drawFloats } from '../ops/draw.ts';

export const tinyConfig = {
  model_type: 'marian',
  vocab_size: 11,
  d_model: 8,
  encoder_layers: 1,
  decoder_layers: 2,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 6,
  decoder_ffn_dim: 6,
  max_position_embeddings: 12,
  pad_token_id: 10,
  decoder_start_token_id: 10,
};

export const tinySetup = (fields: Readonly<Record<string, unknown>> = {}): ModelSetup<'sequence-to-sequence'> =>
  inRole(checkConfig({ ...tinyConfig, ...fields }, 'tiny', { isStrict: true }), 'sequence-to-sequence', 'tiny');

/** Random numbers for every parameter, wide enough that every part of the model matters. */
export function tinyParameters(setup: ModelSetup, seed = 'tiny'): Map<string, Float32Array> {
  return new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => {
      const count = shape.reduce((n, size) => n * size, 1);
      return [name, drawFloats(`${seed} ${name}`, count)];
    }),
  );
}

/** The parameters as the interpreter is fed. */
export function parameterFeeds(setup: ModelSetup, numbers = tinyParameters(setup)): Record<string, Value> {
  return Object.fromEntries(
    [...modelParameters(setup)].map(([name, { shape }]) => [name, value(shape, numbers.get(name) ?? [])]),
  );
}

/** Rows of token ids, or of a mask. */
export const ids = (rows: readonly (readonly number[])[]): Value =>
  value([rows.length, rows[0].length], rows.flat(), 'int32');
