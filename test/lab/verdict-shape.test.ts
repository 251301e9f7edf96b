/** When the claims of heads, positions, depth and normalisation count as shown, on made-up numbers; and their data. */
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { innerWidthFor, isShapeShown, lossRange } from '../../src/lab/experiments/depth-width/run.ts';
import { isHeadNumberShown, withoutHead } from '../../src/lab/experiments/heads/run.ts';
import { isOrderShown } from '../../src/lab/experiments/positions/run.ts';
import { arePartsShown, counted, likeness } from '../../src/lab/experiments/residual-norm/run.ts';
import { floats, ids } from '../../src/lab/feed.ts';
import { bracketSentences, bracketVocabulary } from '../../src/lab/toys/bracket-language.ts';
import { keysAndValues } from '../../src/lab/toys/key-value.ts';
import { shareFound, unasked } from '../../src/lab/toys/labelled-token.ts';
import { relatedTokens, relations } from '../../src/lab/toys/relation.ts';
import { shiftedTokens } from '../../src/lab/toys/shifted-token.ts';
import { whichCameFirst } from '../../src/lab/toys/which-came-first.ts';
import { forEachVariant } from '../../src/lab/variant.ts';

const spread = (mean: number, width = 0.01) => ({ mean, min: mean - width, max: mean + width });

describe('order', () => {
  const order = (none: number, sinusoidal: number) =>
    new Map([
      ['none', spread(none)],
      ['sinusoidal', spread(sinusoidal)],
    ]);
  const recall = (alibi: number, sinusoidal: number, learned: number) =>
    new Map(
      Object.entries({ alibi, sinusoidal, learned }).map(([name, last]) => [
        name,
        Array.from({ length: 8 }, (_, i) => spread(i < 7 ? 1 : last)),
      ]),
    );

  test('is shown when the encoder without positions guesses and ALiBi reaches farther than tables', () => {
    expect(isOrderShown({ order: order(0.5, 1), recall: recall(0.9, 0.7, 0.7) })).toBe(true);
  });

  test.each([
    ['that encoder knows', { order: order(0.65, 1), recall: recall(0.9, 0.7, 0.7) }],
    ['with positions it guesses too', { order: order(0.5, 0.6), recall: recall(0.9, 0.7, 0.7) }],
    ['sinusoids reach as far', { order: order(0.5, 1), recall: recall(0.9, 0.89, 0.7) }],
    ['a table reaches as far', { order: order(0.5, 1), recall: recall(0.9, 0.7, 0.89) }],
  ])('is not shown when %s', (_, measured) => expect(isOrderShown(measured)).toBe(false));

  test('the label is the first of two tokens, for an encoder and after the last token of a decoder', () => {
    const { feeds, causal } = whichCameFirst(randomStream(0), 50, 6);
    for (let row = 0; row < 50; row++) {
      const tokens = [...feeds.input_ids.data.slice(6 * row, 6 * row + 6)].map(Number);
      expect([tokens.filter((one) => one === 0), tokens.filter((one) => one === 1)]).toEqual([[0], [1]]);
      const first = Number(tokens.indexOf(1) < tokens.indexOf(0));
      expect(feeds.first.data[row]).toBe(first);
      expect([...causal.labels.data.slice(6 * row, 6 * row + 6)]).toEqual([...Array(5).fill(unasked), first]);
    }
    expect(new Set(Array.from(feeds.first.data, Number)).size).toBe(2);
  });

  test('the label after a repeated key is the value that followed it before', () => {
    const { input_ids, labels } = keysAndValues(randomStream(0), 1, 40);
    const tokens = [...input_ids.data].map(Number);
    tokens.forEach((token, t) => {
      const before = tokens.indexOf(token);
      const isAsked = t % 2 === 0 && before < t;
      expect(labels.data[t]).toBe(isAsked ? tokens[before + 1] : unasked);
      if (isAsked) expect(tokens[t + 1]).toBe(labels.data[t]);
    });
  });

  test('the share found counts only the labelled positions of a window', () => {
    const labels = ids([2, 4], [unasked, 1, 2, 3, unasked, 1, 2, 3]);
    const found = ids([8], [0, 1, 2, 0, 0, 0, 2, 0]);
    expect(shareFound(labels, found, 0, 2)).toBe(0.5);
    expect(shareFound(labels, found, 2, 3)).toBe(1);
    expect(shareFound(labels, found, 0, 4)).toBe(0.5);
  });
});

describe('heads', () => {
  const quality = (...means: readonly number[]) => new Map(means.map((mean, i) => [2 ** i, spread(mean)]));

  test.each([
    ['shown when one and the most are worse than the best', quality(0.5, 1, 0.6), true],
    ['not shown when one is as good', quality(0.99, 1, 0.6), false],
    ['not shown when the most are as good', quality(0.5, 1, 0.99), false],
  ])('are %s', (_, measured, isShown) => expect(isHeadNumberShown(measured)).toBe(isShown));

  test('a removed head loses its columns, the others keep theirs', () => {
    const name = 'model.layers.0.self_attn.out_proj.weight';
    const other = floats([1], [7]) as never;
    const weights = { [name]: floats([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) as never, other };
    const without = withoutHead(weights, 1, 2);
    expect([...without[name].data]).toEqual([1, 2, 0, 0, 5, 6, 0, 0]);
    expect(without.other).toBe(other);
    expect([...withoutHead(weights, 0, 4)[name].data]).toEqual([0, 2, 3, 4, 0, 6, 7, 8]);
  });

  test('have as labels the tokens at their offsets, only inside the sequence', () => {
    const [time, count] = [6, relations.length];
    const { input_ids, labels } = relatedTokens(randomStream(0), 2, time);
    labels.data.forEach((label, i) => {
      const [row, t] = [Math.floor(i / count / time), Math.floor(i / count) % time];
      const place = t + relations[i % count];
      expect(label).toBe(place < 0 || place >= time ? unasked : input_ids.data[row * time + place]);
    });
  });
});

describe('variants', () => {
  test('give their results in order and report growing shares, two at a time', async () => {
    const shares: number[] = [];
    let [running, most] = [0, 0];
    const results = await forEachVariant(
      [30, 1, 10],
      async (wait, report) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, wait));
        report(0.5);
        running--;
        return 2 * wait;
      },
      (share) => shares.push(share),
    );
    expect([...results]).toEqual([
      [30, 60],
      [1, 2],
      [10, 20],
    ]);
    expect(most).toBe(2);
    expect(shares).toHaveLength(6);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[5]).toBe(1);
  });

  test('that fail start no further one, and are reported when all have ended', async () => {
    const begun: number[] = [];
    let hasEnded = false;
    const all = forEachVariant(
      [0, 1, 2, 3],
      async (variant) => {
        begun.push(variant);
        if (variant === 0) throw new Error('broken');
        await new Promise((resolve) => setTimeout(resolve, 20));
        hasEnded = true;
      },
      () => undefined,
    );
    await expect(all).rejects.toThrow('broken');
    expect([begun, hasEnded]).toEqual([[0, 1], true]);
  });
});

describe('residuals and normalisation', () => {
  const losses = { pre: spread(0.1), post: spread(1), unnormalised: spread(2), bare: spread(2) };

  test('are shown when whatever lacks one, or has the norm after the sublayer, is worse', () => {
    expect(arePartsShown(losses)).toBe(true);
    for (const part of ['post', 'unnormalised', 'bare'] as const)
      expect(arePartsShown({ ...losses, [part]: spread(0.11) })).toBe(false);
  });

  test('a diverged loss counts as the largest that is drawn', () => {
    expect([0.5, 1e9, Number.NaN, Number.POSITIVE_INFINITY].map(counted)).toEqual([0.5, 2.5, 2.5, 2.5]);
  });

  test('positions are alike if their vectors point the same way, whatever their lengths', () => {
    expect(likeness(floats([1, 3, 2], [1, 2, 2, 4, 10, 20]))).toBeCloseTo(1, 6);
    expect(likeness(floats([1, 2, 2], [1, 0, 0, 5]))).toBeCloseTo(0, 6);
    expect(likeness(floats([2, 2, 2], [1, 0, -1, 0, 1, 0, 1, 0]))).toBeCloseTo(0, 6);
    expect(likeness(floats([1, 3, 2], [1, 0, 1, 0, 0, 1]))).toBeCloseTo(1 / 3, 6);
  });

  test('the label is the previous token; the first position has none', () => {
    const { tokens, labels } = shiftedTokens(randomStream(0), 3, { symbols: 5, time: 4 });
    labels.data.forEach((label, i) => expect(label).toBe(i % 4 === 0 ? unasked : tokens.data[i - 1]));
  });
});

describe('depth and width', () => {
  const model = (layers: number, loss: number, milliseconds: number) => ({
    layers,
    loss: spread(loss),
    milliseconds: spread(milliseconds, 1),
  });

  test.each([
    ['shown when losses are alike and depth takes time', [model(1, 2, 5), model(2, 1.5, 6), model(8, 1.52, 9)], true],
    ['not shown when losses differ', [model(1, 1.5, 5), model(2, 1.5, 6), model(8, 1.6, 9)], false],
    ['not shown when depth takes no time', [model(1, 1.5, 5), model(2, 1.5, 6), model(8, 1.5, 6)], false],
  ])('are %s', (_, measured, isShown) => expect(isShapeShown(measured)).toBe(isShown));

  test('the range of losses ignores the model with one layer', () => {
    expect(lossRange([model(1, 9, 5), model(2, 2, 6), model(4, 2.2, 7)])).toBeCloseTo(0.1, 12);
  });

  test('every shape has the same matrices, as near as whole widths come', () => {
    for (const [layers, width] of [
      [1, 64],
      [2, 44],
      [8, 24],
      [16, 16],
    ]) {
      const size = layers * (4 * width ** 2 + 2 * width * innerWidthFor(layers, width));
      expect(Math.abs(size / (12 * 64 ** 2) - 1)).toBeLessThan(0.005);
    }
  });

  test('brackets close as they opened, and labels are the tokens that come next', () => {
    const [rows, time] = [20, 40];
    const { feeds } = bracketSentences(randomStream(0), rows, time);
    let closed = 0;
    for (let row = 0; row < rows; row++) {
      const open: number[] = [];
      for (let t = 0; t < time; t++) {
        const token = Number(feeds.labels.data[row * time + t]);
        if (token < 4) open.push(token);
        else if (token < 8) {
          expect(open.pop()).toBe(token - 4);
          closed++;
        }
        expect(open.length).toBeLessThanOrEqual(5);
        if (t > 0) expect(feeds.input_ids.data[row * time + t]).toBe(feeds.labels.data[row * time + t - 1]);
        else expect(feeds.input_ids.data[row * time]).toBe(bracketVocabulary - 2);
      }
    }
    expect(closed).toBeGreaterThan(100);
  });

  test('the entropy of the language is what counting its words and brackets gives', () => {
    const { feeds, entropy } = bracketSentences(randomStream(1), 4000, 1);
    // The first token opens one of four brackets in 28 % of sentences, else it is one of three words.
    const opening = [...feeds.labels.data].filter((token) => Number(token) < 4).length / 4000;
    expect(opening).toBeCloseTo(0.28, 1);
    const shares = [...Array(4).fill(0.28 / 4), ...[0.8, 0.15, 0.05].map((share) => 0.72 * share)];
    const expected = -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
    expect(Math.abs(entropy / expected - 1)).toBeLessThan(0.05);
  });
});
