/**
 * A sentence has the same result alone and in any batch, also with int8 weights: there, a last bit that differs can move a
 * byte of a row, and then the score changes in the fourth digit and now and then a token.
 */
import { describe, expect, test } from 'vitest';
import {
  createCausalGenerator,
  createGenerator,
  type Generated,
  type GenerationConfig,
  type Generator,
  type GeneratorOptions,
} from '../../src/decode/index.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { quantizedWeights } from '../../src/models/folder/quantization.ts';
import type { Feeds } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { observedBackend } from '../runtime/observed-backend.ts';
import { seeded } from './seeded.ts';

const V = 60;
const sizes = { vocab_size: V, pad_token_id: 1, eos_token_id: 0 };
const few = { sessions: 1, threads: 1, batch_size: 12 } as const;

const families = {
  'an encoder–decoder': {
    role: 'sequence-to-sequence',
    fields: {
      model_type: 'marian',
      ...sizes,
      d_model: 64,
      ...{ encoder_layers: 4, decoder_layers: 4, encoder_attention_heads: 2, decoder_attention_heads: 2 },
      ...{ encoder_ffn_dim: 128, decoder_ffn_dim: 128, max_position_embeddings: 64, decoder_start_token_id: 1 },
    },
  },
  'a language model': {
    role: 'causal',
    fields: {
      model_type: 'gpt2',
      ...sizes,
      ...{ n_embd: 64, n_layer: 4, n_head: 2, n_positions: 64, bos_token_id: 0 },
    },
  },
} as const;

const searches: Readonly<Record<string, GenerationConfig>> = {
  'greedy search': { num_beams: 1 },
  'beam search': { num_beams: 3, early_stopping: true },
  sampling: { num_beams: 1, do_sample: true, seed: 5, num_return_sequences: 2 },
};

/** Sentences of 2 to 31 tokens, the lengths mixed. */
const sentences = Array.from({ length: 80 }, (_, at) => {
  const random = seeded(at + 1);
  return Array.from({ length: 2 + ((at * 7) % 30) }, () => 2 + Math.floor(random() * (V - 2)));
});

async function generatorOf(
  family: keyof typeof families,
  isQuantized: boolean,
  options: GeneratorOptions = few,
  backend = nodeBackend(),
): Promise<Generator> {
  const setup = checkConfig(families[family].fields, family, { isStrict: true, role: families[family].role });
  const random = seeded(9);
  const parameters = modelParameters(setup);
  const numbers = [...parameters].map(([name, { shape }]) => {
    const length = shape.reduce((size, count) => size * count, 1);
    return [name, Float32Array.from({ length }, () => (shape.length > 1 ? 2 : 0.4) * (random() - 0.5))] as const;
  });
  async function* all() {
    yield* numbers;
  }
  const shapes = new Map([...parameters].map(([name, { shape }]) => [name, shape]));
  const weights = isQuantized ? await quantizedWeights(setup, shapes, all()) : new Map(numbers);
  return family === 'a language model'
    ? createCausalGenerator(inRole(setup, 'causal', family).model, weights, backend, options)
    : createGenerator(inRole(setup, 'sequence-to-sequence', family).model, weights, backend, options);
}

describe.each(Object.keys(families) as (keyof typeof families)[])('%s', (family) => {
  describe.each([true, false])('with int8 weights: %s', (isQuantized) => {
    test.each(Object.keys(searches))('%s finds for a sentence what it finds for it alone', async (search) => {
      const generator = await generatorOf(family, isQuantized);
      const find = (sentence: number[], at: number) =>
        generator.generate([sentence], {
          ...{ decoder_start_token_id: 1, eos_token_id: 0, max_new_tokens: 4 + ((at * 11) % 24) },
          ...searches[search],
        });
      const alone: Generated[] = [];
      for (const [at, sentence] of sentences.entries()) alone.push(...(await find(sentence, at)));
      const together = (await Promise.all(sentences.map(find))).flat();
      expect(together.map(({ sequences }) => sequences)).toEqual(alone.map(({ sequences }) => sequences));
      const farthest = together.flatMap(({ scores }, at) => scores.map((x, i) => Math.abs(x - alone[at].scores[i])));
      expect(Math.max(...farthest)).toBeLessThan(1e-6);
      await generator.dispose();
    });
  });
});

test('prompts of a large batch, read in several runs, are continued as alone', async () => {
  // 4096 tokens are read at once: 20 of each.
  const many = Array.from({ length: 200 }, (_, at) => sentences[at % sentences.length]);
  const generator = await generatorOf('a language model', false, { ...few, batch_size: many.length });
  const config = { eos_token_id: 0, max_new_tokens: 3 };
  const together = await generator.generate(many, config);
  for (const [at, sentence] of sentences.entries()) {
    const [{ sequences, scores }] = await generator.generate([sentence], config);
    expect(together[at].sequences).toEqual(sequences);
    expect(Math.abs(together[at].scores[0] - scores[0])).toBeLessThan(1e-6);
  }
  await generator.dispose();
});

test('of several samples the last one left is not computed as a single row, which an engine may add up in another order', async () => {
  const rows: number[] = [];
  const ran = ({ tokens }: Feeds) => rows.push(Number(tokens?.shape[1]));
  const generator = await generatorOf('a language model', false, few, observedBackend(nodeBackend(), { ran }));
  const half = Array.from({ length: V / 2 }, (_, token) => 2 * token);
  const samples = { do_sample: true, seed: 1, num_return_sequences: 3 };
  const [{ sequences }] = await generator.generate([[3]], { ...samples, eos_token_id: half, max_new_tokens: 20 });
  // Three samples from one path; in the end one is left.
  const lengths = sequences.map(({ length }) => length - 1).sort((a, b) => a - b);
  expect(lengths[1]).toBeLessThan(lengths[2]!);
  expect(rows[0]).toBe(1);
  expect(rows).toHaveLength(lengths[2]!);
  expect(Math.min(...rows.slice(1))).toBe(2);
  await generator.dispose();
});
