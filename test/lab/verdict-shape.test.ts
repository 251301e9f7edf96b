/** When the claims of heads, positions, depth and normalisation count as shown, on made-up numbers; and their data. */
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../src/data/shuffle.ts';
import { floats, ids } from '../../src/lab/feed.ts';
import { isHeadNumberShown, withoutHead } from '../../src/lab/heads.ts';
import { keysAndValues } from '../../src/lab/key-value.ts';
import { shareFound, unasked } from '../../src/lab/labelled-token.ts';
import { isOrderShown } from '../../src/lab/positions.ts';
import { relatedTokens, relations } from '../../src/lab/relation.ts';
import { forEachVariant } from '../../src/lab/variant.ts';
import { whichCameFirst } from '../../src/lab/which-came-first.ts';

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

  test('the first of two tokens is asked for, of an encoder and behind the last token of a decoder', () => {
    const { feeds, causal } = whichCameFirst(randomStream(0), 50, 6);
    for (let row = 0; row < 50; row++) {
      const tokens = [...feeds.input_ids.data.slice(6 * row, 6 * row + 6)].map(Number);
      expect([tokens.filter((one) => one === 0), tokens.filter((one) => one === 1)]).toEqual([[0], [1]]);
      const first = Number(tokens.indexOf(1) < tokens.indexOf(0));
      expect(feeds.first.data[row]).toBe(first);
      expect([...causal.labels.data.slice(6 * row, 6 * row + 6)]).toEqual([...Array(5).fill(unasked), first]);
    }
    expect(new Set(feeds.first.data).size).toBe(2);
  });

  test('a value is asked for behind a key that was there before, and is what followed it then', () => {
    const { input_ids, labels } = keysAndValues(randomStream(0), 1, 40);
    const tokens = [...input_ids.data].map(Number);
    tokens.forEach((token, t) => {
      const before = tokens.indexOf(token);
      const isAsked = t % 2 === 0 && before < t;
      expect(labels.data[t]).toBe(isAsked ? tokens[before + 1] : unasked);
      if (isAsked) expect(tokens[t + 1]).toBe(labels.data[t]);
    });
  });

  test('the share that is found counts the asked places of a window alone', () => {
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

  test('one that is taken away loses its columns, the others keep theirs', () => {
    const name = 'model.layers.0.self_attn.out_proj.weight';
    const other = floats([1], [7]) as never;
    const weights = { [name]: floats([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) as never, other };
    const without = withoutHead(weights, 1, 2);
    expect([...without[name].data]).toEqual([1, 2, 0, 0, 5, 6, 0, 0]);
    expect(without.other).toBe(other);
    expect([...withoutHead(weights, 0, 4)[name].data]).toEqual([0, 2, 3, 4, 0, 6, 7, 8]);
  });

  test('are asked for the tokens at their offsets, inside the sequence alone', () => {
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
  test('give their results in order, tell growing shares of all, two at a time', async () => {
    const shares: number[] = [];
    let [running, most] = [0, 0];
    const results = await forEachVariant(
      [30, 1, 10],
      async (wait, told) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, wait));
        told(0.5);
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

  test('that fail begin no further one, and are told when all have ended', async () => {
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
