/** The parts of experiments whose results are known beforehand. */
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { input, type Tensor } from '../../src/graph/index.ts';
import { evaluating } from '../../src/lab/evaluation.ts';
import { computedWeights, lengths, scores } from '../../src/lab/experiments/attention-dilution/computed-weight.ts';
import { saturations } from '../../src/lab/experiments/scaled-dot-product/softmax-saturation.ts';
import { floats, ids } from '../../src/lab/feed.ts';
import { findMarkedToken, markedTokens } from '../../src/lab/toys/marked-token.ts';
import { recallBatch, recalled } from '../../src/lab/toys/recall.ts';
import { reverseBatch, reverseLoss } from '../../src/lab/toys/reverse-text.ts';
import { recurrentReader, rememberingLstm } from '../../src/lab/toys/sequence-reader.ts';
import { initialWeights } from '../../src/lab/weights.ts';
import type { Scope } from '../../src/nn/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';

const backend = nodeBackend();
const say = (): void => undefined;

describe('dilution', () => {
  test('e³/(e³ + 9) = 69 % of 10, e³/(e³ + 99) = 17 % of 100', async () => {
    const [, three] = await computedWeights({ backend });
    expect(scores[1]).toBe(3);
    for (const [i, n] of lengths.entries()) expect(three[i]).toBeCloseTo(Math.exp(3) / (Math.exp(3) + n - 1), 5);
    expect([10, 100].map((n) => Math.round(100 * three[lengths.indexOf(n)]))).toEqual([69, 17]);
  });

  test.each(['flag', 'greatest'] as const)('a %s marks one token, whose value is the label', (marking) => {
    const { feeds, places, labels } = markedTokens(randomStream(3), marking, { rows: 20, n: 7, sharpness: 1 });
    for (const [row, place] of places.entries()) {
      const own = Array.from(feeds.marks.data.slice(row * 7, row * 7 + 7), Number);
      expect(own.filter((mark) => mark >= own[place])).toHaveLength(1);
      expect(labels[row]).toBe(feeds.tokens.data[row * 7 + place]);
    }
    expect(new Set(places).size).toBeGreaterThan(3);
  });

  test('sharpness multiplies the scores: log of the ratio of two weights', async () => {
    await evaluating(backend, findMarkedToken, async (evaluation) => {
      const ratio = async (sharpness: number): Promise<number> => {
        const { feeds } = markedTokens(randomStream(5), 'greatest', { rows: 1, n: 6, sharpness });
        const { weights } = await evaluation.run(initialWeights(evaluation.parameters, 0), feeds);
        return Math.log(Number(weights.data[0]) / Number(weights.data[1]));
      };
      const once = await ratio(1);
      expect(Math.abs(once)).toBeGreaterThan(0.05);
      expect(await ratio(3)).toBeCloseTo(3 * once, 3);
    });
  });
});

describe('scaled dot products', () => {
  test('the scale divides the variance by d_k and leaves a softmax that has not chosen', async () => {
    const lab = { backend, seeds: [0], budget: 1, say };
    const [[plain], [scaled]] = await Promise.all(
      [false, true].map((isScaled) => saturations(lab, [256], isScaled)),
    ).then((found) => found.map(([ofSeeds]) => ofSeeds));
    expect(plain.variance / scaled.variance).toBeCloseTo(256, 2);
    expect(scaled.variance).toBeGreaterThan(0.9);
    expect(scaled.variance).toBeLessThan(1.1);
    expect(plain.largest).toBeGreaterThan(3 * scaled.largest);
    expect(plain.medianGradient).toBeLessThan(scaled.medianGradient / 3);
  });

  test('a batch is reversed row by row', () => {
    const { tokens, labels } = reverseBatch(randomStream(1), 2, {
      symbols: 50,
      time: 4,
      width: 8,
      heads: 1,
      layers: 1,
    });
    const [first, second] = [tokens.data.slice(0, 4), tokens.data.slice(4)];
    expect([...labels.data]).toEqual([...[...first].reverse(), ...[...second].reverse()]);
  });

  test('without the scale means products times √d_k: the same model with queries so much larger', async () => {
    const shape = { symbols: 9, time: 5, width: 16, heads: 1, layers: 1 };
    const loss = (isScaled: boolean) => (root: Scope) => ({ loss: reverseLoss(root, shape, { isScaled }) });
    const feeds = reverseBatch(randomStream(2), 3, shape);
    const losses: number[] = [];
    for (const isScaled of [false, true])
      await evaluating(backend, loss(isScaled), async (evaluation) => {
        const weights = initialWeights(evaluation.parameters, 0);
        const name = 'layers.0.self_attn.q_proj.weight';
        const larger = floats(
          weights[name].shape,
          weights[name].data.map((value) => value * Math.sqrt(16)),
        );
        for (const query of [weights[name], larger])
          losses.push(Number((await evaluation.run({ ...weights, [name]: query } as never, feeds)).loss.data[0]));
      });
    const [plain, , scaled, scaledLarger] = losses;
    expect(plain).toBeCloseTo(scaledLarger, 5);
    expect(Math.abs(plain - scaled)).toBeGreaterThan(1e-3);
  });
});

describe('gradients over distance', () => {
  const size = { vocabulary: 12, width: 4 };

  test('a batch starts with the token to recall, and nothing like it follows', () => {
    const { ids: tokens, labels } = recallBatch(randomStream(1), 30, 5, size);
    for (let row = 0; row < 30; row++) {
      const own = [...tokens.data.slice(row * 6, row * 6 + 6)].map(Number);
      expect(own[0]).toBe(labels.data[row]);
      expect(own.slice(1).every((token) => token >= recalled && token < size.vocabulary)).toBe(true);
    }
  });

  test('a forget bias of 1 is an LSTM with 1 added to the second quarter of its bias', async () => {
    const last =
      (cell: Parameters<typeof recurrentReader>[1]) =>
      (root: Scope): Readonly<Record<string, Tensor>> => ({
        last: recurrentReader('r', cell, size).read(root, input('ids', ['batch', 'time'], 'int32')).last,
      });
    const found: number[][] = [];
    for (const [cell, bias] of [
      [rememberingLstm(4), 0],
      ['lstm', 1],
      ['lstm', 0],
    ] as const)
      await evaluating(backend, last(cell), async (evaluation) => {
        const weights = initialWeights(evaluation.parameters, 0);
        const before = weights['rnn.bias_ih_l0'];
        const data = before.data.map((value, i) => value + (i >= 4 && i < 8 ? bias : 0));
        const changed = { ...weights, 'rnn.bias_ih_l0': { ...before, data } };
        const { last } = await evaluation.run(changed, { ids: ids([1, 5], [1, 2, 3, 4, 5]) });
        found.push(Array.from(last.data, Number));
      });
    expect(found[0]).toEqual(found[1].map((value) => expect.closeTo(value, 5)));
    expect(found[0]).not.toEqual(found[2].map((value) => expect.closeTo(value, 3)));
  });
});
