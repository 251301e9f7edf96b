import { describe, expect, test } from 'vitest';
import type { EncodedTexts } from '../../src/data/batch/encode-text.ts';
import { encodeTexts } from '../../src/data/batch/encode-text.ts';
import { IndexStream } from '../../src/data/batch/index-stream.ts';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { planTextEpoch } from '../../src/data/batch/text-epoch.ts';
import { InputError } from '../../src/io/error.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';
import { trainTokenizer } from '../../src/text/train/vocabulary.ts';

const where = (index: number): string => `train.tsv:${index + 1}`;
const random = randomStream(5);
const texts: EncodedTexts = {
  ids: Array.from({ length: 500 }, () => new Int32Array(1 + random.below(40))),
  truncated: 0,
  cut: new Set(),
  empty: 0,
  where,
};
const sized = { sizes: texts.ids.map(({ length }) => length), where };
const options = { max_tokens_per_batch: 200, seed: 3 };
const lists = (plan: readonly Int32Array[]): number[][] => plan.map((batch) => Array.from(batch));

describe('an epoch of texts', () => {
  const plan = planTextEpoch(sized, options, 0);

  test('has every text once, in batches of bounded size', () => {
    expect([...lists(plan).flat()].sort((a, b) => a - b)).toEqual(texts.ids.map((_, i) => i));
    for (const batch of plan) {
      const longest = Math.max(...Array.from(batch, (i) => texts.ids[i].length));
      expect(longest * batch.length).toBeLessThanOrEqual(200);
    }
    const counted = planTextEpoch(sized, { ...options, max_texts_per_batch: 4 }, 0);
    expect(Math.max(...counted.map(({ length }) => length))).toBe(4);
  });

  test('comes in an order that has nothing to do with length', () => {
    const lengths = plan.map((batch) => texts.ids[batch[0]].length);
    const rising = lengths.slice(1).filter((length, i) => length >= lengths[i]).length;
    expect(rising / (lengths.length - 1)).toBeGreaterThan(0.25);
    expect(rising / (lengths.length - 1)).toBeLessThan(0.75);
  });

  test('pads little', () => {
    const sizes = plan.map((batch) => Array.from(batch, (i) => texts.ids[i].length));
    const laidOut = sizes.reduce((sum, batch) => sum + Math.max(...batch) * batch.length, 0);
    const real = sizes.flat().reduce((a, b) => a + b);
    expect(1 - real / laidOut).toBeLessThan(0.05);
  });

  test('follows from seed and epoch, and differs with either', () => {
    expect(lists(planTextEpoch(sized, options, 0))).toEqual(lists(plan));
    expect(lists(planTextEpoch(sized, options, 1))).not.toEqual(lists(plan));
    expect(lists(planTextEpoch(sized, { ...options, seed: 4 }, 0))).not.toEqual(lists(plan));
  });

  test('refuses a text larger than a batch, with its place', () => {
    const at = texts.ids.findIndex(({ length }) => length > 30);
    expect(() => planTextEpoch(sized, { ...options, max_tokens_per_batch: 30 }, 0)).toThrow(
      `data train.tsv:${at + 1}: every text must fit into a batch, max_tokens_per_batch = 30, got`,
    );
  });
});

test('a stream continues from the position of another, beyond the end of an epoch', () => {
  const planOf = (epoch: number) => planTextEpoch(sized, options, epoch);
  const one = new IndexStream(planOf);
  const count = one.batchesInEpoch;
  for (let i = 0; i < count - 2; i++) one.next();
  const two = new IndexStream(planOf, one.position);
  for (let i = 0; i < 5; i++) expect(two.next()).toEqual(one.next());
  expect(one.position).toEqual({ epoch: 1, batch: 3 });
  expect(() => new IndexStream(planOf, { epoch: 0, batch: count + 1 })).toThrow(/a position must be within its epoch/);
});

test('a position is that of a whole batch', () => {
  const planOf = (epoch: number) => planTextEpoch(sized, options, epoch);
  for (const batch of [0.5, Number.NaN, -1])
    expect(() => new IndexStream(planOf, { epoch: 0, batch })).toThrow(/a position must be within its epoch/);
});

test('a stream whose next epoch has no batches says so', () => {
  const stream = new IndexStream((epoch) => (epoch === 0 ? [Int32Array.of(0), Int32Array.of(1)] : []));
  for (let i = 0; i < 2; i++) stream.next();
  expect(() => stream.next()).toThrow(new InputError('data: expected samples to train on, got none in epoch 1'));
});

describe('encoded texts', () => {
  const encoder = (add_eos_token: boolean) => {
    const { json, config } = trainTokenizer(['a man sleeps'], { kind: 'char', add_eos_token });
    return loadTokenizer(json, config);
  };

  test('are never empty: a text without a token is the end token', () => {
    for (const hasEnd of [true, false]) {
      const tokenizer = encoder(hasEnd);
      const { ids, empty } = encodeTexts({ texts: ['', 'man'], where }, tokenizer);
      expect(Array.from(ids[0])).toEqual([tokenizer.eosId]);
      expect(ids[1]).toHaveLength(hasEnd ? 4 : 3);
      expect(empty).toBe(1);
    }
  });

  test('are cut to max_length, the end token kept, and counted', () => {
    const tokenizer = encoder(true);
    const { ids, truncated } = encodeTexts({ texts: ['a man', 'man'], where }, tokenizer, { max_length: 4 });
    expect(ids.map((one) => one.length)).toEqual([4, 4]);
    expect(ids[0][3]).toBe(tokenizer.eosId);
    expect(truncated).toBe(1);
    expect(() => encodeTexts({ texts: [''], where }, tokenizer, { max_length: 1 })).toThrow(/at least 2, got 1/);
  });
});
