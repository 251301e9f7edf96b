import { afterEach, describe, expect, test } from 'vitest';
import {
  createCausalGenerator,
  createGenerator,
  type GenerationConfig,
  type Generator,
} from '../../src/decode/index.ts';
import { philox, uniform } from '../../src/decode/sampling/philox.ts';
import type { CausalModel } from '../../src/models/body/causal.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { seeded } from './seeded.ts';
import { toyAttention } from './toy-attention-causal.ts';
import { toyCausals, toyUnigram } from './toy-causal.ts';
import { toyVocabulary } from './toy-parts.ts';
import { toyLogProbabilities, toyModel, toyStart, toyWeights } from './toy-recurrent.ts';

const open: Generator[] = [];
afterEach(() => Promise.all(open.splice(0).map((generator) => generator.dispose())));
function make(
  model: CausalModel,
  weights: ReadonlyMap<string, Float32Array>,
  backend = nodeBackend(),
  options = {},
): Generator {
  open.push(createCausalGenerator(model, weights, backend, options));
  return open[open.length - 1];
}

const sampled: GenerationConfig = { do_sample: true, eos_token_id: 0, max_new_tokens: 6 };
const prompts = [[1, 3, 2, 1], [2], [3, 1], [1, 1, 2, 3, 3]];

describe('Philox', () => {
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [new Array(4).fill(0xffffffff), [0xffffffff, 0xffffffff], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('of %o with key %o is what its authors publish', (counter, key, block) => {
    expect(philox([...counter] as [number, number, number, number], [...key] as [number, number])).toEqual(block);
  });

  test('every part of a counter and of a seed changes the number', () => {
    const all = [
      uniform(1, [0, 0, 0]),
      uniform(2, [0, 0, 0]),
      uniform(1 + 2 ** 32, [0, 0, 0]),
      uniform(1, [1, 0, 0]),
      uniform(1, [0, 1, 0]),
      uniform(1, [0, 0, 1]),
    ];
    expect(new Set(all).size).toBe(6);
  });
});

/** χ² of counts against probabilities. */
const chiSquare = (counts: readonly number[], p: readonly number[], n: number): number =>
  p.reduce((sum, x, i) => sum + (counts[i] - n * x) ** 2 / (n * x), 0);

describe('draws', () => {
  const size = 12;
  const random = seeded(3);
  const bias = Float32Array.from({ length: size }, () => 4 * random() - 2);
  const weights = new Map([
    ['out', new Float32Array(size)],
    ['bias', bias],
  ]);
  const n = 6000;

  /** The exact distribution: softmax(bias / T), cut to `kept` tokens. */
  function exact(temperature: number, kept: (sorted: number[]) => number): number[] {
    const weightsOf = Array.from(bias, (x) => Math.exp(x / temperature));
    const all = weightsOf.reduce((a, b) => a + b);
    const p = weightsOf.map((x) => x / all);
    const sorted = [...p].sort((a, b) => b - a);
    const least = sorted[kept(sorted) - 1];
    const total = sorted.filter((x) => x >= least).reduce((a, b) => a + b);
    return p.map((x) => (x >= least ? x / total : 0));
  }
  const reaching = (mass: number) => (sorted: number[]) => {
    let above = 0;
    return sorted.findIndex((x) => (above += x) >= mass) + 1;
  };

  // 0.999 quantiles of χ² with 11, 4 and so on degrees of freedom.
  const quantile = [0, 10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32, 26.12, 27.88, 29.59, 31.26];
  test.each<[string, GenerationConfig, number[]]>([
    ['all tokens', { top_k: 0 }, exact(1, () => size)],
    ['50 of 12', {}, exact(1, () => size)],
    ['a temperature', { top_k: 0, temperature: 0.6 }, exact(0.6, () => size)],
    ['top_k', { top_k: 5 }, exact(1, () => 5)],
    ['top_k and a temperature', { top_k: 4, temperature: 1.8 }, exact(1.8, () => 4)],
    ['top_p', { top_k: 0, top_p: 0.7 }, exact(1, reaching(0.7))],
    ['top_p and a temperature', { top_k: 0, top_p: 0.7, temperature: 1.5 }, exact(1.5, reaching(0.7))],
  ])('from %s follow the exact distribution', async (_, config, p) => {
    const generator = make(toyUnigram(size), weights);
    const results = await generator.generate(
      Array.from({ length: 60 }, () => [1]),
      { do_sample: true, seed: 7, max_new_tokens: 2, num_return_sequences: n / 120, ...config },
    );
    const tokens = results.flatMap(({ sequences }) => sequences.flatMap((sequence) => sequence.slice(1)));
    const counts = p.map((_, token) => tokens.filter((each) => each === token).length);
    expect(tokens).toHaveLength(n);
    p.forEach((x, token) => {
      if (x === 0) expect(counts[token]).toBe(0);
    });
    const possible = p.flatMap((x, token) => (x > 0 ? [token] : []));
    const statistic = chiSquare(
      possible.map((token) => counts[token]),
      possible.map((token) => p[token]),
      n,
    );
    expect(statistic).toBeLessThan(quantile[possible.length - 1]);
  });

  test.each(toyCausals)(
    'of whole texts of a $name model are as likely as the model says',
    async ({ model, weights, logProbabilities }) => {
      const own = weights(seeded(4));
      const draws = 4000;
      const results = await make(model, own).generate(
        Array.from({ length: 40 }, () => [1, 2, 3]),
        { do_sample: true, max_new_tokens: 2, num_return_sequences: draws / 40, top_k: 0 },
      );
      const found = results.flatMap(({ sequences }) => sequences.map((tokens) => tokens.slice(3).join(' ')));
      const texts = Array.from({ length: toyVocabulary ** 2 }, (_, i) => [
        Math.floor(i / toyVocabulary),
        i % toyVocabulary,
      ]);
      const p = texts.map(([a, b]) =>
        Math.exp(logProbabilities(own, [1, 2, 3])[a] + logProbabilities(own, [1, 2, 3, a])[b]),
      );
      const counts = texts.map((text) => found.filter((each) => each === text.join(' ')).length);
      // 0.999 quantile of χ² with 15 degrees of freedom.
      expect(chiSquare(counts, p, draws)).toBeLessThan(37.7);
    },
  );
});

describe('a seed', () => {
  const weights = toyAttention.weights(seeded(2));
  const config = { ...sampled, num_return_sequences: 4, seed: 5 };
  const texts = async (generator: Generator, config: GenerationConfig, given = prompts) =>
    (await generator.generate(given, config)).map(({ sequences }) => sequences);

  test('gives the same texts again, in any batches, on any engine; another gives others', async () => {
    const node = make(toyAttention.model, weights);
    const first = await texts(node, config);
    expect(await texts(node, config)).toEqual(first);
    for (const batch_size of [1, 3]) {
      const sized = make(toyAttention.model, weights, nodeBackend(), { batch_size });
      expect(await texts(sized, config)).toEqual(first);
    }
    expect(await texts(make(toyAttention.model, weights, webBackend({ threads: 1 })), config)).toEqual(first);
    expect(await texts(node, { ...config, seed: 6 })).not.toEqual(first);
  });

  test('gives the first samples again when more are asked for, and other texts for equal prompts', async () => {
    const generator = make(toyAttention.model, weights);
    const four = await texts(generator, config);
    const two = await texts(generator, { ...config, num_return_sequences: 2 });
    expect(two).toEqual(four.map((samples) => samples.slice(0, 2)));
    const equal = await texts(generator, { ...config, max_new_tokens: 12 }, [[2], [2], [2]]);
    expect(new Set(equal.flat().map(String)).size).toBeGreaterThan(6);
  });
});

test('one token to draw from is greedy search', async () => {
  const generator = make(toyAttention.model, toyAttention.weights(seeded(2)));
  const greedy = await generator.generate(prompts, { ...sampled, do_sample: false });
  for (const narrow of [{ top_k: 1 }, { top_k: 0, top_p: 1e-6 }, { top_k: 0, temperature: 1e-4 }]) {
    const drawn = await generator.generate(prompts, { ...sampled, ...narrow });
    expect(drawn.map(({ sequences }) => sequences)).toEqual(greedy.map(({ sequences }) => sequences));
    drawn.forEach(({ scores }, i) => {
      expect(scores[0]).toBeCloseTo(greedy[i].scores[0], 5);
    });
  }
});

test('an encoder–decoder samples too; a score is the probability before the cut-offs, without banned tokens', async () => {
  const weights = toyWeights(seeded(1));
  const generator = createGenerator(toyModel, weights, nodeBackend());
  open.push(generator);
  const sources = [[1, 2, 4], [3], [0, 4, 1, 1]];
  const barred = 2;
  const results = await generator.generate(sources, {
    ...sampled,
    decoder_start_token_id: toyStart,
    num_return_sequences: 3,
    length_penalty: 0,
    temperature: 0.5,
    top_k: 2,
    suppress_tokens: [barred],
  });
  sources.forEach((source, i) => {
    const { sequences, scores } = results[i];
    expect(sequences).toHaveLength(3);
    sequences.forEach((tokens, sample) => {
      const each = tokens.slice(1).map((token, at) => {
        const logp = toyLogProbabilities(weights, source, tokens.slice(0, at + 1));
        return token === barred ? Number.NaN : logp[token] - Math.log(1 - Math.exp(logp[barred]));
      });
      expect(scores[sample]).toBeCloseTo(
        each.reduce((sum, x) => sum + x, 0),
        4,
      );
    });
  });
});
