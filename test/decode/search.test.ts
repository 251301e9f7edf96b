import { afterEach, describe, expect, test } from 'vitest';
import { createGenerator, type GenerationConfig, type Generator } from '../../src/decode/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { seeded } from './seeded.ts';
import { type ToyWeights, toyLogProbabilities, toyModel, toyStart, toyWeights } from './toy-recurrent.ts';

let generator: Generator | undefined;
afterEach(() => generator?.dispose());

const base: GenerationConfig = { decoder_start_token_id: toyStart, eos_token_id: 0 };
const sources = [[1, 2, 4], [3], [2, 2], [0, 4, 1, 1], [4]];

/** All that can be generated in `most` tokens, best first. */
function enumerate(weights: ToyWeights, source: readonly number[], most: number, lengthPenalty: number) {
  const found: { tokens: number[]; score: number }[] = [];
  const grow = (tokens: number[], sum: number): void => {
    const length = tokens.length - 1;
    if (length > 0 && (tokens[length] === 0 || length === most)) {
      found.push({ tokens, score: sum / length ** lengthPenalty });
      return;
    }
    toyLogProbabilities(weights, source, tokens).forEach((logp, id) => grow([...tokens, id], sum + logp));
  };
  grow([toyStart], 0);
  return found.sort((a, b) => b.score - a.score);
}

describe('beam search over a recurrent model', () => {
  test.each([
    [1, 1],
    [2, 0],
    [3, 0.6],
    [4, 2],
  ])('seed %i: as many beams as sequences find the best of all, length penalty %f', async (seed, length_penalty) => {
    const weights = toyWeights(seeded(seed));
    generator = createGenerator(toyModel, weights, nodeBackend());
    const config = { ...base, num_beams: 64, num_return_sequences: 6, max_new_tokens: 3, length_penalty };
    const results = await generator.generate(sources, config);
    sources.forEach((source, i) => {
      const best = enumerate(weights, source, 3, length_penalty).slice(0, 6);
      expect(results[i].sequences).toEqual(best.map(({ tokens }) => tokens));
      best.forEach(({ score }, j) => {
        expect(results[i].scores[j]).toBeCloseTo(score, 5);
      });
    });
  });

  test('a ban that never applies changes nothing, though all continuations of the few tokens are as many as are compared', async () => {
    generator = createGenerator(toyModel, toyWeights(seeded(3)), nodeBackend());
    const config = { ...base, num_beams: 4, num_return_sequences: 4, max_new_tokens: 6 };
    const never = { ...config, no_repeat_ngram_size: 8 };
    expect(await generator.generate(sources, never)).toEqual(await generator.generate(sources, config));
  });

  test('one beam ends with whichever end token it takes', async () => {
    generator = createGenerator(toyModel, toyWeights(seeded(6)), nodeBackend());
    const written = async (...ends: number[]) => {
      const results = await generator!.generate(sources, { ...base, eos_token_id: ends, max_new_tokens: 8 });
      return results.map(({ sequences }) => sequences[0]);
    };
    const plain = await written(0);
    const other = plain.flatMap((tokens) => tokens.slice(1)).find((token) => token !== 0) ?? 0;
    const upTo = (tokens: number[]) => tokens.slice(0, tokens.indexOf(other) + 1 || tokens.length);
    expect(other).not.toBe(0);
    expect(await written(0, other)).toEqual(plain.map(upTo));
  });

  test('one beam always takes the likeliest token', async () => {
    const weights = toyWeights(seeded(6));
    generator = createGenerator(toyModel, weights, nodeBackend());
    const results = await generator.generate(sources, { ...base, max_new_tokens: 8 });
    sources.forEach((source, i) => {
      const tokens = [toyStart];
      let sum = 0;
      while (tokens.length <= 8 && (tokens.length === 1 || tokens.at(-1) !== 0)) {
        const logp = toyLogProbabilities(weights, source, tokens);
        const best = logp.indexOf(Math.max(...logp));
        tokens.push(best);
        sum += logp[best];
      }
      expect(results[i].sequences).toEqual([tokens]);
      expect(results[i].scores[0]).toBeCloseTo(sum / (tokens.length - 1), 5);
    });
  });

  test('a score is the sum of the log-probabilities along the path that the beams took', async () => {
    const weights = toyWeights(seeded(6));
    generator = createGenerator(toyModel, weights, nodeBackend());
    const results = await generator.generate(sources, { ...base, num_beams: 2, max_new_tokens: 12, length_penalty: 0 });
    results.forEach(({ sequences: [tokens], scores: [score] }, i) => {
      const sum = tokens
        .slice(1)
        .reduce(
          (total, token, at) => total + toyLogProbabilities(weights, sources[i], tokens.slice(0, at + 1))[token],
          0,
        );
      expect(score).toBeCloseTo(sum, 4);
    });
  });
});
