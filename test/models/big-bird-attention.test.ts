/** BigBird: block-sparse attention is what its definition says, and random blocks are Transformers'. */
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { input, interpret, type Tensor, type Value, value } from '../../src/graph/index.ts';
import { readText } from '../../src/io/folder.ts';
import { candidates, drawBlocks, reachOf } from '../../src/models/families/big-bird/block-plan.ts';
import { sparseAttention } from '../../src/models/families/big-bird/sparse-attention.ts';
import { Trace } from '../../src/nn/index.ts';
import { drawFloats } from '../ops/draw.ts';
import { goldenFolder } from './golden.ts';

const { cases: plans } = JSON.parse(await readText(goldenFolder('nn'), 'big_bird_plans.json')) as {
  cases: {
    tokens: number;
    block_size: number;
    num_random_blocks: number;
    max_position_embeddings: number;
    candidates: number[][];
  }[];
};

/** How often every query block attends to a block, block 0 … M − 1. `random`: those that are drawn for it. */
function occurrences(block: number, blocks: number, random: readonly number[]): number[] {
  const count = new Array<number>(blocks).fill(0);
  if (block === 0 || block === blocks - 1) return count.fill(1);
  for (const fixed of new Set([0, block - 1, block, block + 1, blocks - 1])) count[fixed] += 1;
  for (const one of random) count[one] += 1;
  return count;
}

interface Problem {
  readonly blocks: number;
  readonly size: number;
  readonly random: number;
  /** Random blocks of each head and inner block; in evaluation all are 0. */
  readonly chosen: readonly (readonly (readonly number[])[])[];
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  /** [B, T] */
  readonly mask: readonly (readonly number[])[];
}

const [texts, heads, width] = [2, 2, 3];

/**
 * Block-sparse attention by its definition, in plain loops over all pairs of tokens: every key counts as often as its
 * block occurs; padding neither attends nor is attended to. Context, [B, H, T, K], and the weight of one occurrence.
 */
function dense({ blocks, size, chosen, query, key, value: values, mask }: Problem) {
  const time = blocks * size;
  const context = new Float64Array(texts * heads * time * width);
  const weights = new Float64Array(texts * heads * time * time);
  for (let b = 0; b < texts; b++) {
    for (let h = 0; h < heads; h++) {
      const row = (t: number) => ((b * heads + h) * time + t) * width;
      for (let t = 0; t < time; t++) {
        if (!mask[b]?.[t]) continue;
        const block = Math.floor(t / size);
        const count = occurrences(block, blocks, chosen[h]?.[block - 1] ?? []);
        const scores = Array.from({ length: time }, (_, s) => {
          let dot = 0;
          for (let k = 0; k < width; k++) dot += query.data[row(t) + k] * key.data[row(s) + k];
          return (mask[b]?.[s] ? 1 : 0) * count[Math.floor(s / size)] * Math.exp(dot / Math.sqrt(width));
        });
        const total = scores.reduce((sum, score) => sum + score, 0);
        scores.forEach((score, s) => {
          const occurs = count[Math.floor(s / size)];
          if (occurs > 0) weights[((b * heads + h) * time + t) * time + s] = score / total / occurs;
          for (let k = 0; k < width; k++) context[row(t) + k] += (score / total) * values.data[row(s) + k];
        });
      }
    }
  }
  return { context, weights };
}

function problemOf(blocks: number, size: number, random: number, chosen: Problem['chosen']): Problem {
  const time = blocks * size;
  const shape = [texts, heads, time, width];
  const numbers = (name: string) =>
    value(
      shape,
      Float64Array.from(drawFloats(name, texts * heads * time * width), (x) => 2 * x),
    );
  const mask = [0, time - size - 1].map((from) =>
    Array.from({ length: time }, (_, t) => Number(from === 0 || t < from)),
  );
  return { blocks, size, random, chosen, query: numbers('q'), key: numbers('k'), value: numbers('v'), mask };
}

/** The same by the graph, in float64. */
function sparse({ blocks, size, random, chosen, query, key, value: values, mask }: Problem, isTraining: boolean) {
  const trace = new Trace({ isTraining });
  const time = `${size}*blocks`;
  const [q, k, v] = ['q', 'k', 'v'].map((name) => input(name, ['batch', heads, time, width]));
  const draw = () => new Int32Array();
  const mix = sparseAttention({ blockSize: size, random, draw, reach: blocks });
  const { context, weights } = mix(
    trace.root.at('layer'),
    { query: q, key: k, value: v },
    input('mask', ['batch', 1, 1, time]),
  );
  const drawn = Object.fromEntries(
    [...trace.draws.keys()].map((name) => [
      name,
      value([heads, query.shape[2] / size - 2, random], chosen.flat(2), 'int32'),
    ]),
  );
  const feeds = { q: query, k: key, v: values, mask: value([texts, 1, 1, query.shape[2]], mask.flat()), ...drawn };
  return interpret<readonly Tensor[]>(isTraining ? [context] : [context, weights], feeds);
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

/** Inner blocks of a text, and something for each. */
const forInner = <T>(blocks: number, of: (block: number) => T): T[] =>
  Array.from({ length: blocks - 2 }, (_, at) => of(at + 1));

describe('block-sparse attention', () => {
  test.each([
    [8, 2, 1],
    [11, 3, 3],
    [10, 1, 2],
    [6, 2, 0],
  ])(
    'of %i blocks of %i tokens with %i random ones is the definition, each occurrence of a block counted',
    (blocks, size, random) => {
      const zeros = Array.from({ length: heads }, () => forInner(blocks, () => new Array<number>(random).fill(0)));
      const problem = problemOf(blocks, size, random, zeros);
      const [context, weights] = sparse(problem, false);
      const exact = dense(problem);
      expect(largest(context.data, exact.context)).toBeLessThan(1e-12);
      // Weights of padding have no meaning.
      const isText = weights.data.map((_, i) => {
        const time = blocks * size;
        return problem.mask[Math.floor(i / (time * time * heads))]?.[Math.floor(i / time) % time] ?? 0;
      });
      expect(
        largest(
          weights.data.map((x, i) => x * isText[i]),
          exact.weights,
        ),
      ).toBeLessThan(1e-12);
    },
  );

  test('in training attends to the drawn blocks of each head, counted again where they are seen already', () => {
    const [blocks, size, random] = [9, 2, 2];
    const below = randomStream(5).below;
    const chosen = Array.from({ length: heads }, () => forInner(blocks, () => [below(blocks), below(blocks)]));
    const problem = problemOf(blocks, size, random, chosen);
    const [context] = sparse(problem, true);
    expect(largest(context.data, dense(problem).context)).toBeLessThan(1e-12);
  });
});

describe('random blocks', () => {
  test.each(plans)(
    'of $tokens tokens in blocks of $block_size, $max_position_embeddings positions, are drawn from those of Transformers',
    ({ tokens, candidates: expected, ...fields }) => {
      const config = { ...fields, attention_type: 'block_sparse', num_attention_heads: 1 } as const;
      const blocks = tokens / fields.block_size;
      expect(forInner(blocks, (at) => [...candidates(at, blocks, config)])).toEqual(expected);
      expect(Math.max(...expected.flat())).toBeLessThan(reachOf(config));
    },
  );

  test('differ within a block, and reach every candidate', () => {
    const config = {
      attention_type: 'block_sparse',
      block_size: 8,
      num_random_blocks: 2,
      max_position_embeddings: 128,
      num_attention_heads: 3,
    } as const;
    const blocks = 12;
    const seen = forInner(blocks, () => new Set<number>());
    for (let seed = 0; seed < 200; seed++) {
      const drawn = drawBlocks(config)(randomStream(seed).below, [3, blocks - 2, 2]);
      expect(drawn.length).toBe(3 * (blocks - 2) * 2);
      for (let i = 0; i < drawn.length; i += 2) {
        expect(drawn[i]).not.toBe(drawn[i + 1]);
        seen[(i / 2) % (blocks - 2)].add(drawn[i]).add(drawn[i + 1]);
      }
    }
    expect(seen.map((some) => [...some].sort((a, b) => a - b))).toEqual(
      forInner(blocks, (at) => [...candidates(at, blocks, config)]),
    );
  });

  test('are refused where a block has too few to draw from', () => {
    const config = {
      attention_type: 'block_sparse',
      block_size: 128,
      num_random_blocks: 6,
      max_position_embeddings: 4096,
      num_attention_heads: 1,
    } as const;
    expect(() => drawBlocks(config)(randomStream(0).below, [1, 22, 6])).toThrow(
      'big_bird: num_random_blocks: expected at most 4 for texts of 3072 tokens, got 6',
    );
  });
});
