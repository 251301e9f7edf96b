/** Texts continued by a tiny Transformer with a table of 8 positions, and by one without a limit. */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createCausalGenerator } from '../../../src/decode/generator.ts';
import type { GenerationConfig } from '../../../src/decode/settings/generation-config.ts';
import { checkConfig, inRole } from '../../../src/models/families/check-config.ts';
import { modelParameters } from '../../../src/models/families/setup.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { continuations } from '../../../src/tasks/text-generation/continuation.ts';
import { seeded } from '../../decode/seeded.ts';

const V = 9;
const maxTokens = 8;
const fields = {
  model_type: 'transformer_lm',
  vocab_size: V,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 10,
  position_embedding_type: 'learned',
  max_position_embeddings: maxTokens,
  pad_token_id: V - 1,
};

const { model, ...setup } = inRole(checkConfig(fields, 'test'), 'causal', 'test');
const random = seeded(5);
const weights = new Map(
  [...modelParameters({ model, ...setup })].map(([name, { shape }]) => [
    name,
    Float32Array.from({ length: shape.reduce((n, size) => n * size, 1) }, () => 1.6 * random() - 0.8),
  ]),
);
const generator = createCausalGenerator(model, weights, nodeBackend());
afterAll(() => generator.dispose());

const prompts = [[1, 2, 3], [4], [2, 2, 5, 6, 7]];
const endless: GenerationConfig = { eos_token_id: null, bos_token_id: 3 };
const write = (given: readonly (readonly number[])[], config: GenerationConfig) =>
  continuations(generator, given, config, { maxTokens });

/** Greedy text, a token at a time, from a context that is cut to its last half when the positions are full. */
async function byHand(prompt: readonly number[], count: number): Promise<number[]> {
  let context = prompt.slice(-maxTokens);
  const made: number[] = [];
  while (made.length < count) {
    const [{ sequences }] = await generator.generate([context], { ...endless, max_new_tokens: 1 });
    made.push(sequences[0][context.length]);
    context = context.length === maxTokens ? sequences[0].slice(-maxTokens / 2) : sequences[0];
  }
  return made;
}

describe('within the positions', () => {
  test.each([
    ['greedy search', {}],
    ['beams', { num_beams: 3, num_return_sequences: 2 }],
    ['draws', { do_sample: true, num_return_sequences: 3, seed: 7 }],
    ['draws to the end token', { do_sample: true, eos_token_id: [2, 5], min_new_tokens: 1, forced_eos_token_id: 5 }],
  ])('%s gives what the generator gives', async (_, changes) => {
    const config = { ...endless, max_new_tokens: 3, ...changes };
    const found = await generator.generate(prompts, config);
    expect(await write(prompts, config)).toEqual(
      found.map(({ sequences }, i) => sequences.map((tokens) => tokens.slice(prompts[i].length))),
    );
  });
});

describe('beyond the positions', () => {
  test('a text is continued from its last half, to any length', async () => {
    const found = await write(prompts, { ...endless, max_new_tokens: 30 });
    for (const [i, prompt] of prompts.entries()) expect(found[i]).toEqual([await byHand(prompt, 30)]);
  });

  test('a prompt that is longer is read from its end', async () => {
    const long = [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4];
    expect(await write([long], { ...endless, max_new_tokens: 6 })).toEqual([[await byHand(long, 6)]]);
  });

  test('max_length counts the prompt', async () => {
    const found = await write(prompts, { ...endless, max_length: 20 });
    expect(found.map(([tokens]) => tokens.length)).toEqual([17, 19, 15]);
    await expect(write([[1, 2, 3]], { ...endless, max_length: 3 })).rejects.toThrow(
      'generate: max_length must leave room after a prompt of 3 tokens, got 3',
    );
  });

  test('samples continue independently, and are the same again', async () => {
    const config = { ...endless, do_sample: true, num_return_sequences: 3, max_new_tokens: 24, seed: 1 };
    const found = await write(prompts, config);
    expect(found.map((samples) => samples.map(({ length }) => length))).toEqual(prompts.map(() => [24, 24, 24]));
    expect(new Set(found.flat().map(String)).size).toBe(9);
    expect(await write(prompts, config)).toEqual(found);
    expect(await write(prompts, { ...config, seed: 2 })).not.toEqual(found);
  });

  test('parts of a text have different draws, and a sample stays one text', async () => {
    const calls: unknown[] = [];
    const watched = {
      ...generator,
      generate: vi.fn((...call: Parameters<typeof generator.generate>) => {
        calls.push([call[1].seed, call[1].num_return_sequences]);
        return generator.generate(...call);
      }),
    };
    const config = { ...endless, do_sample: true, max_new_tokens: 20, seed: 9, num_return_sequences: 2 };
    await continuations(watched, [[1]], config, { maxTokens });
    const seeds = [9, 9 + 2 ** 32, 9 + 2 ** 33, 9 + 3 * 2 ** 32];
    expect(calls).toEqual(seeds.map((seed, at) => [seed, at === 0 ? 2 : 1]));
  });

  test('an end token ends it, not before the least length, and is forced at the very end alone', async () => {
    const drawn = { ...endless, do_sample: true, eos_token_id: 6, num_return_sequences: 4 };
    for (const [tokens] of await write(prompts, { ...drawn, max_new_tokens: 40 })) {
      expect(tokens.indexOf(6)).toBe(tokens.length < 40 ? tokens.length - 1 : tokens.indexOf(6, 39));
    }
    for (const samples of await write(prompts, { ...drawn, max_new_tokens: 25, min_new_tokens: 20 })) {
      for (const tokens of samples) expect(tokens.slice(0, 20)).not.toContain(6);
    }
    for (const [at, samples] of (await write(prompts, { ...drawn, max_new_tokens: 25, min_length: 20 })).entries()) {
      for (const tokens of samples) expect(tokens.slice(0, 20 - prompts[at].length)).not.toContain(6);
    }
    await expect(write(prompts, { ...drawn, max_new_tokens: 25, min_length: 27 })).rejects.toThrow(
      'the minimum length must be at most the maximum, 25 new tokens, got 26',
    );
    const forced = await write(prompts, {
      ...endless,
      max_new_tokens: 15,
      forced_eos_token_id: 6,
      eos_token_id: 6,
      min_new_tokens: 15,
    });
    for (const [tokens] of forced) expect([tokens.length, tokens.indexOf(6)]).toEqual([15, 14]);
  });

  test('beams end where the positions do', async () => {
    const [[tokens]] = await write([[1, 2, 3]], { ...endless, num_beams: 2, max_new_tokens: 30 });
    expect(tokens).toHaveLength(maxTokens + 1 - 3);
  });
});

test('an empty prompt begins with bos_token_id, and needs one', async () => {
  expect(await write([[]], { ...endless, max_new_tokens: 12 })).toEqual(
    await write([[3]], { ...endless, max_new_tokens: 12 }),
  );
  await expect(write([[]], { ...endless, bos_token_id: null })).rejects.toThrow('there is no bos_token_id');
});

test('every token is reported, beyond the positions too', async () => {
  const reported: number[] = [];
  const onToken = (token: number) => void reported.push(token);
  const [[tokens]] = await continuations(
    generator,
    [[1, 2]],
    { ...endless, max_new_tokens: 20 },
    { maxTokens, onToken },
  );
  expect(reported).toEqual(tokens);
});
