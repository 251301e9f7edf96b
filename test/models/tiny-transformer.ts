/** Transformers of Heddle's own small enough for the float64 reference, and a position scheme that is in no table. */

import * as z from 'zod';
import { add, mul, reshape, sum, type Tensor } from '../../src/graph/index.ts';
import { inspectValue } from '../../src/io/check.ts';
import type { ModelConfig } from '../../src/models/families/families.ts';
import { headIn } from '../../src/models/families/families.ts';
import type { FamilyRow } from '../../src/models/families/family-row.ts';
import type { ModelSetup } from '../../src/models/families/setup.ts';
import { setupOf } from '../../src/models/families/setup.ts';
import { transformerEncoderFamily } from '../../src/models/families/transformer/encoder.ts';
import { transformerLmFamily } from '../../src/models/families/transformer/lm.ts';
import { transformerSeq2SeqFamily } from '../../src/models/families/transformer/seq2seq.ts';
import type { Role } from '../../src/models/role.ts';
import { definePosition, normal, type PositionSchemes, positionSchemes } from '../../src/nn/index.ts';
import { cast, linear, square, sub } from '../../src/ops/index.ts';

/** int32 [rows, time] → float [rows, 1, …, time, …] where `shape` has −1. */
const along = (at: Tensor, ...shape: readonly number[]): Tensor =>
  cast(reshape(at, { shape: [at.shape[0], ...shape.map((size) => (size < 0 ? at.shape[1] : size))] }), {
    dtype: 'float',
  });

/** Made up: it does all that a scheme can do. */
const everything = definePosition({
  fields: { strength: z.number().default(0.1) },
  use: ({ heads, width, headValueWidth }, { strength }) => ({
    embedding: (stack, at) => {
      const direction = stack.at('direction').parameter('weight', [width], normal(0, 1));
      return mul(mul(along(at, -1, 1), strength), direction);
    },
    turn: (x, at) => mul(x, add(mul(along(at, 1, -1, 1), strength), 1)),
    bias: (stack, { query, key }) => {
      const fall = stack.at('fall').parameter('weight', [heads], normal(0, 1));
      const apart = square(sub(along(key, 1, 1, -1), along(query, 1, -1, 1)));
      const bias = mul(apart, reshape(mul(fall, -strength), { shape: [1, heads, 1, 1] }));
      return () => bias;
    },
    context: ({ attention }, weights, { key }) => {
      const late = attention.at('late').parameter('weight', [headValueWidth, 1], normal(0, 1));
      return linear(sum(mul(weights, along(key, 1, 1, -1)), { axes: [3], keepDims: true }), late);
    },
  }),
});

/** Those of the table, and one that no source file knows. */
export const schemes: PositionSchemes = { ...positionSchemes, everything };

export const schemeNames = Object.keys(schemes);

const tiny = {
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 6,
  pad_token_id: 10,
};

/** Short enough distances that clipping and buckets matter in a few tokens. */
export const nearFields: Readonly<Record<string, object>> = {
  relative: { max_relative_position: 2 },
  t5: { relative_attention_num_buckets: 4, relative_attention_max_distance: 3 },
  rotary: { rope_theta: 10 },
};

type Fields = Readonly<Record<string, unknown>>;

function tinyOf<C extends ModelConfig, R extends Role>(family: FamilyRow<C>, role: R, fields: Fields): ModelSetup<R> {
  const found = inspectValue(family.config, { ...tiny, ...fields });
  if (!found.value) throw new Error(found.violations.map(({ path, message }) => `${path}: ${message}`).join('; '));
  const row = family as unknown as FamilyRow<ModelConfig>;
  const head = headIn(row, role);
  if (!head) throw new Error(`expected a class in the role ${role}`);
  return setupOf(row, head, found.value) as ModelSetup<R>;
}

const withScheme = (position_embedding_type: string, fields: Fields): Fields => ({
  position_embedding_type,
  ...nearFields[position_embedding_type],
  ...fields,
});

export const tinyEncoder = (scheme: string, fields: Fields = {}): ModelSetup<'encoder'> =>
  tinyOf(transformerEncoderFamily(schemes), 'encoder', {
    model_type: 'transformer_encoder',
    ...withScheme(scheme, fields),
  });

export const tinyLm = (scheme: string, fields: Fields = {}): ModelSetup<'causal'> =>
  tinyOf(transformerLmFamily(schemes), 'causal', { model_type: 'transformer_lm', ...withScheme(scheme, fields) });

export const tinySeq2Seq = (scheme: string, fields: Fields = {}): ModelSetup<'sequence-to-sequence'> =>
  tinyOf(transformerSeq2SeqFamily(schemes), 'sequence-to-sequence', {
    model_type: 'transformer_seq2seq',
    decoder_start_token_id: 10,
    ...withScheme(scheme, fields),
  });
