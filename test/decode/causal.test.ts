import { afterEach, describe, expect, test } from 'vitest';
import { causalDecoder } from '../../src/decode/causal-decoder.ts';
import {
  createCausalGenerator,
  type Generated,
  type GenerationConfig,
  type Generator,
} from '../../src/decode/index.ts';
import { PlacedModels } from '../../src/decode/step/placed-models.ts';
import { Programs } from '../../src/decode/step/programs.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { seeded } from './seeded.ts';
import { toyAttention } from './toy-attention-causal.ts';
import { toyCausals } from './toy-causal.ts';
import { type ToyCausal, toyVocabulary } from './toy-parts.ts';
import { stateBehind, toyRecurrent } from './toy-recurrent-causal.ts';

let generator: Generator | undefined;
afterEach(() => generator?.dispose());

const end = 0;
const base: GenerationConfig = { eos_token_id: end, max_new_tokens: 5 };
/** Of many lengths; with the end token inside, which ends nothing there. */
const prompts = [[1, 3, 2, 1], [2], [3, end, 1], [1, 1, 2, 3, 3, 2], [end], [2, 1]];

function make(toy: ToyCausal, seed: number) {
  const weights = toy.weights(seeded(seed));
  generator = createCausalGenerator(toy.model, weights, nodeBackend());
  return { generator, weights, logp: (tokens: readonly number[]) => toy.logProbabilities(weights, tokens) };
}

/** Greedy search in plain JavaScript; `change` turns log-probabilities into scores. */
function greedy(
  logp: (tokens: readonly number[]) => number[],
  prompt: readonly number[],
  most: number,
  change: (scores: number[], tokens: readonly number[]) => number[] = (scores) => scores,
) {
  const tokens = [...prompt];
  let sum = 0;
  while (tokens.length < prompt.length + most && (tokens.length === prompt.length || tokens.at(-1) !== end)) {
    const scores = change(logp(tokens), tokens);
    const best = scores.indexOf(Math.max(...scores));
    sum += scores[best];
    tokens.push(best);
  }
  return { tokens, score: sum / (tokens.length - prompt.length) };
}

/** All continuations of at most `most` tokens, best first. */
function enumerate(
  logp: (tokens: readonly number[]) => number[],
  prompt: readonly number[],
  most: number,
  penalty: number,
) {
  const found: { tokens: number[]; score: number }[] = [];
  const grow = (tokens: number[], sum: number): void => {
    const length = tokens.length - prompt.length;
    if (length > 0 && (tokens.at(-1) === end || length === most)) {
      found.push({ tokens, score: sum / length ** penalty });
      return;
    }
    logp(tokens).forEach((score, id) => grow([...tokens, id], sum + score));
  };
  grow([...prompt], 0);
  return found.sort((a, b) => b.score - a.score);
}

describe.each(toyCausals)('a causal model: $name', (toy) => {
  test.each([1, 2, 3])(
    'seed %i: greedy search after prompts of different lengths takes the likeliest tokens',
    async (seed) => {
      const { generator, logp } = make(toy, seed);
      const results = await generator.generate(prompts, base);
      prompts.forEach((prompt, i) => {
        const { tokens, score } = greedy(logp, prompt, 5);
        expect(results[i].sequences).toEqual([tokens]);
        expect(results[i].scores[0]).toBeCloseTo(score, 5);
      });
    },
  );

  test.each([
    [1, 1],
    [2, 0],
    [3, 0.6],
    [4, 2],
  ])('seed %i: as many beams as sequences find the best of all, length penalty %f', async (seed, length_penalty) => {
    const { generator, logp } = make(toy, seed);
    const config = {
      ...base,
      num_beams: toyVocabulary ** 3,
      num_return_sequences: 6,
      max_new_tokens: 3,
      length_penalty,
    };
    const results = await generator.generate(prompts, config);
    prompts.forEach((prompt, i) => {
      const best = enumerate(logp, prompt, 3, length_penalty).slice(0, 6);
      expect(results[i].sequences).toEqual(best.map(({ tokens }) => tokens));
      best.forEach(({ score }, j) => {
        expect(results[i].scores[j]).toBeCloseTo(score, 5);
      });
    });
  });

  test('a text does not depend on its neighbours in the batch, nor on padding before or after it', async () => {
    const { generator } = make(toy, 5);
    const config = { ...base, num_beams: 3 };
    const together = await generator.generate(prompts, config);
    const alone: Generated[] = [];
    for (const prompt of prompts) alone.push(...(await generator.generate([prompt], config)));
    const pad = (length: number) => new Array<number>(length).fill(3);
    const padded = await generator.generate(
      {
        input_ids: prompts.map((prompt) => [...pad(4), ...prompt, ...pad(2)]),
        attention_mask: prompts.map(({ length }) => [0, 0, 0, 0, ...pad(length).fill(1), 0, 0]),
      },
      config,
    );
    for (const other of [alone, padded]) {
      expect(other.map(({ sequences }) => sequences)).toEqual(together.map(({ sequences }) => sequences));
      other.forEach(({ scores }, i) => {
        expect(scores[0]).toBeCloseTo(together[i].scores[0], 5);
      });
    }
  });

  test('n-grams of the prompt are not repeated', async () => {
    const { generator, logp } = make(toy, 6);
    const results = await generator.generate(prompts, { ...base, no_repeat_ngram_size: 2 });
    prompts.forEach((prompt, i) => {
      const { tokens } = greedy(logp, prompt, 5, (scores, past) => {
        const pairs = past.slice(1).map((token, at) => `${past[at]} ${token}`);
        return scores.map((score, id) => (pairs.includes(`${past.at(-1)} ${id}`) ? Number.NEGATIVE_INFINITY : score));
      });
      expect(results[i].sequences).toEqual([tokens]);
    });
  });

  test('no end comes before min_new_tokens, whatever the length of the prompt', async () => {
    const { generator, logp } = make(toy, 7);
    const results = await generator.generate(prompts, { ...base, min_new_tokens: 3 });
    prompts.forEach((prompt, i) => {
      const { tokens } = greedy(logp, prompt, 5, (scores, past) =>
        scores.map((score, id) => (id === end && past.length < prompt.length + 3 ? Number.NEGATIVE_INFINITY : score)),
      );
      expect(results[i].sequences).toEqual([tokens]);
    });
  });

  test('tokens of the prompt are penalised as repeated ones', async () => {
    const { generator, logp } = make(toy, 8);
    const results = await generator.generate([[2, 2, 3]], { ...base, max_new_tokens: 1, repetition_penalty: 1e6 });
    const fresh = [0, 1].sort((a, b) => logp([2, 2, 3])[b] - logp([2, 2, 3])[a])[0];
    const old = Math.max(...[2, 3].map((id) => logp([2, 2, 3])[id]));
    expect(old).toBeLessThan(0);
    expect(results[0].sequences[0].at(-1)).toBe(fresh);
  });
});

test.each([false, 'never'] as const)(
  'a prompt is to beam search what its state is, early_stopping %s',
  async (early_stopping) => {
    const prompt = [1, 3, 2, 1, 2, 3];
    const config = { ...base, num_beams: 2, num_return_sequences: 2, max_new_tokens: 9, early_stopping };
    for (const length_penalty of [0.3, 1, 2]) {
      for (let seed = 1; seed <= 12; seed++) {
        const { generator, weights } = make(toyRecurrent, seed);
        const afterPrompt = await generator.generate([prompt], { ...config, length_penalty });
        await generator.dispose();
        const initial = Float32Array.from(stateBehind(weights, prompt.slice(0, -1)));
        const short = createCausalGenerator(
          toyRecurrent.model,
          new Map([...weights, ['initial', initial]]),
          nodeBackend(),
        );
        const [{ sequences, scores }] = await short.generate([prompt.slice(-1)], { ...config, length_penalty });
        await short.dispose();
        expect(afterPrompt[0].sequences.map((tokens) => tokens.slice(5))).toEqual(sequences);
        afterPrompt[0].scores.forEach((score, i) => {
          expect(score).toBeCloseTo(scores[i], 5);
        });
      }
    }
  },
);

test('a prompt is read at once if no state passes from step to step, and only then', () => {
  const readsAtOnce = (model: typeof toyAttention.model) =>
    new Programs(causalDecoder(model), new Map(), new PlacedModels(new SharedWeights(nodeBackend(), new Map())), {})
      .readsAtOnce;
  expect(readsAtOnce(toyAttention.model)).toBe(true);
  expect(readsAtOnce(toyRecurrent.model)).toBe(false);
  expect(readsAtOnce({ ...toyAttention.model, start: toyRecurrent.model.start })).toBe(false);
});

test('the probabilities of a text are those of the model, token by token', async () => {
  const { generator, logp } = make(toyAttention, 9);
  const targets = [[1, 2], [3], [2, 2, 0], [1, 0, 3], [0], [3, 3, 3, 1, 0]];
  const scored = await generator.score([...prompts.slice(0, 5), []], targets, { bos_token_id: 2 });
  targets.forEach((target, i) => {
    const prompt = prompts.slice(0, 5)[i] ?? [2];
    expect(scored[i].token_scores).toHaveLength(target.length);
    target.forEach((token, at) => {
      expect(scored[i].token_scores[at]).toBeCloseTo(logp([...prompt, ...target.slice(0, at)])[token], 5);
    });
  });
});

describe('wrong input', () => {
  const refused = (given: number[][], config: GenerationConfig = base) => {
    const { generator } = make(toyAttention, 1);
    return expect(generator.generate(given, config)).rejects;
  };

  test('a prompt is empty where there is no bos_token_id', async () => {
    await refused([[1], []]).toThrow('generate: prompt 1: must have a token, got none, and there is no bos_token_id');
    const { generator, logp } = make(toyAttention, 1);
    const [{ sequences }] = await generator.generate([[]], { ...base, bos_token_id: 3 });
    expect(sequences).toEqual([greedy(logp, [3], 5).tokens]);
  });

  test('a token lies outside the vocabulary', async () => {
    await refused([[1, 4]]).toThrow('generate: prompt 0: token ids must be in 0 … 3, got 4');
    await refused([[]], { ...base, bos_token_id: 9 }).toThrow('bos_token_id: token ids must be in 0 … 3, got 9');
  });

  test('a text is longer than the positions; a long prompt leaves room up to the last', async () => {
    await refused([new Array(13).fill(1)]).toThrow('prompt 0: must have at most 12 tokens, got 13');
    const { generator } = make(toyAttention, 1);
    const [{ sequences }] = await generator.generate([new Array(11).fill(1)], { max_new_tokens: 50 });
    expect(sequences[0]).toHaveLength(13);
  });

  test('max_length leaves no room after a prompt', async () => {
    await refused([[1, 2, 3]], { max_length: 3 }).toThrow(
      'max_length must leave room after a prompt of 3 tokens, got 3',
    );
  });

  test('cross-attention is requested from a model that has none', async () => {
    const { generator } = make(toyAttention, 1);
    await expect(generator.generate([[1]], base, { output_attentions: true })).rejects.toThrow('output_attentions');
  });
});
