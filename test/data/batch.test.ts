import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IGNORE_INDEX, makeBatch } from '../../src/data/batch/batch.ts';
import { type EncodedPairs, encodePairs } from '../../src/data/batch/encode.ts';
import { planEpoch } from '../../src/data/batch/epoch.ts';
import { IndexStream } from '../../src/data/batch/index-stream.ts';
import { noPadding } from '../../src/data/batch/padding.ts';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { InputError } from '../../src/io/error.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';
import { trainBpe } from '../../src/text/train/bpe.ts';
import { sequenceSource } from '../train/sequence-source.ts';

const PAD = 99;
const TOKENS = { sourcePadId: PAD, targetPadId: PAD, decoderStartTokenId: 98 };
const origin = (index: number): string => `pairs.tsv:${index + 1}`;

/** Pairs of the given lengths, with ids from 2 on and 0 at the end. */
function pairsOf(lengths: readonly (readonly [source: number, target: number])[]): EncodedPairs {
  const ids = (length: number): Int32Array =>
    Int32Array.from({ length }, (_, i) => (i === length - 1 ? 0 : 2 + (i % 90)));
  return {
    source: lengths.map(([source]) => ids(source)),
    target: lengths.map(([, target]) => ids(target)),
    truncated: { source: 0, target: 0 },
    origin,
  };
}

/** Lengths of sentences as they come: a common factor, and each side's own. */
function sentences(count: number, seed: number): EncodedPairs {
  const random = randomStream(seed);
  const dice = (times: number): number =>
    Array.from({ length: times }, () => random.below(6)).reduce((a, b) => a + b, 1);
  return pairsOf(
    Array.from({ length: count }, () => {
      const common = dice(4);
      return [common + dice(2), common + dice(2)] as const;
    }),
  );
}

it('a batch of pairs that are not there is refused', () => {
  const pairs = { source: [Int32Array.of(1)], target: [Int32Array.of(2)], truncated: { source: 0, target: 0 }, origin };
  for (const index of [1, -1])
    expect(() => makeBatch(pairs, Int32Array.of(index), TOKENS)).toThrow(
      new RangeError(`data: expected a pair from 0 to 0, got ${index}`),
    );
});

it('sides of unequal length are refused before an epoch is planned', () => {
  const pairs = { source: [Int32Array.of(1)], target: [], truncated: { source: 0, target: 0 }, origin };
  expect(() => planEpoch(pairs, { max_tokens_per_batch: 8, seed: 0 }, 0)).toThrow(
    new RangeError('data: expected as many sources as targets, got 1 and 0'),
  );
});

const lengthsOfPairs = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })), {
  minLength: 1,
  maxLength: 200,
});

describe('an epoch', () => {
  it('fills a batch to the last token that it may have', () => {
    const pairs = pairsOf([4, 4, 4, 4].map((length) => [length, length] as const));
    const options = { max_tokens_per_batch: 16, max_source_tokens_per_batch: 16, seed: 1 };
    expect(planEpoch(pairs, options, 0).batches.map(({ length }) => length)).toEqual([4]);
    expect(planEpoch(pairs, { ...options, max_tokens_per_batch: 15 }, 0).batches).toHaveLength(2);
    expect(planEpoch(pairs, { ...options, max_source_tokens_per_batch: 15 }, 0).batches).toHaveLength(2);
  });

  it('divides by rising or by falling length, drawn anew each time', () => {
    const pairs = pairsOf([1, 2, 3].map((length) => [length, length] as const));
    const divided = (epoch: number) =>
      planEpoch(pairs, { max_tokens_per_batch: 6, seed: 1 }, epoch)
        .batches.map((batch) => [...batch].sort().join(''))
        .sort();
    const found = new Set(Array.from({ length: 20 }, (_, epoch) => divided(epoch).join(' ')));
    expect(found).toEqual(new Set(['01 2', '0 12']));
  });

  it('holds each pair exactly once, and no batch exceeds its limits', () => {
    fc.assert(
      fc.property(
        lengthsOfPairs,
        fc.nat(),
        fc.nat({ max: 99 }),
        fc.integer({ min: 1, max: 8 }),
        (lengths, seed, epoch, multiple) => {
          const pairs = pairsOf(lengths);
          const padding = { ...noPadding, length: (tokens: number) => Math.ceil(tokens / multiple) * multiple };
          const options = {
            max_tokens_per_batch: 64,
            max_source_tokens_per_batch: 90,
            padding,
            seed,
          };
          const { batches } = planEpoch(pairs, options, epoch);
          const all = batches.flatMap((indices) => [...indices]).sort((a, b) => a - b);
          expect(all).toEqual(lengths.map((_, i) => i));
          for (const indices of batches) {
            const { B, S, T } = makeBatch(pairs, indices, { ...TOKENS, padding });
            expect(B).toBeGreaterThan(0);
            expect(B * T).toBeLessThanOrEqual(64);
            expect(B * S).toBeLessThanOrEqual(90);
            expect([S % multiple, T % multiple]).toEqual([0, 0]);
          }
        },
      ),
    );
  });

  it('is the same for the same seed and number, another for another seed or number', () => {
    const pairs = sentences(300, 7);
    const plan = (seed: number, epoch: number) => planEpoch(pairs, { max_tokens_per_batch: 256, seed }, epoch).batches;
    expect(plan(1, 2)).toEqual(plan(1, 2));
    expect(plan(1, 2)).not.toEqual(plan(1, 3));
    expect(plan(1, 2)).not.toEqual(plan(2, 2));
  });

  it('does not put the same pairs together epoch after epoch', () => {
    const pairs = sentences(2000, 7);
    const batches = (epoch: number) =>
      planEpoch(pairs, { max_tokens_per_batch: 512, seed: 1 }, epoch).batches.map((indices) =>
        [...indices].sort().join(),
      );
    const first = new Set(batches(0));
    expect(batches(1).filter((batch) => first.has(batch)).length).toBeLessThan(first.size / 10);
  });

  it('pads less than 5 % on either side, and says how much', () => {
    const pairs = sentences(20_000, 3);
    const { batches, targetPadding, sourcePadding } = planEpoch(pairs, { max_tokens_per_batch: 4096, seed: 1 }, 0);
    let [laidOut, real] = [0, 0];
    for (const indices of batches) {
      const { B, T, targetTokens } = makeBatch(pairs, indices, TOKENS);
      laidOut += B * T;
      real += targetTokens;
    }
    expect(targetPadding).toBeCloseTo(1 - real / laidOut, 12);
    expect(targetPadding).toBeLessThan(0.05);
    expect(sourcePadding).toBeLessThan(0.05);
  });

  it('refuses a pair that is larger than a batch, by its line', () => {
    const pairs = pairsOf([
      [3, 4],
      [3, 65],
    ]);
    expect(() => planEpoch(pairs, { max_tokens_per_batch: 64, seed: 1 }, 0)).toThrow(InputError);
    expect(() => planEpoch(pairs, { max_tokens_per_batch: 64, seed: 1 }, 0)).toThrow(
      'data pairs.tsv:2: every target must fit into a batch, max_tokens_per_batch = 64, got 65 tokens',
    );
    expect(() => planEpoch(pairsOf([[129, 4]]), { max_tokens_per_batch: 64, seed: 1 }, 0)).toThrow(
      'data pairs.tsv:1: every source must fit into a batch, twice max_tokens_per_batch = 128, got 129 tokens',
    );
  });
});

describe('a batch', () => {
  const pairs: EncodedPairs = {
    source: [Int32Array.of(5, 6, 0), Int32Array.of(7, 0)],
    target: [Int32Array.of(8, 0), Int32Array.of(9, 10, 11, 0)],
    truncated: { source: 0, target: 0 },
    origin,
  };

  it('is laid out row by row, padded on the right, its labels shifted after the start token', () => {
    expect(makeBatch(pairs, Int32Array.of(1, 0), TOKENS)).toEqual({
      B: 2,
      S: 3,
      T: 4,
      inputIds: Int32Array.of(7, 0, PAD, 5, 6, 0),
      attentionMask: Int32Array.of(1, 1, 0, 1, 1, 1),
      labels: Int32Array.of(9, 10, 11, 0, 8, 0, IGNORE_INDEX, IGNORE_INDEX),
      decoderInputIds: Int32Array.of(98, 9, 10, 11, 98, 8, PAD, PAD),
      targetTokens: 6,
      rows: Int32Array.of(0, 1, 2, 3, 4, 5),
      rowLabels: Int32Array.of(9, 10, 11, 0, 8, 0),
      indices: Int32Array.of(1, 0),
    });
  });

  it('names the rows that count, and their labels', () => {
    fc.assert(
      fc.property(lengthsOfPairs, (lengths) => {
        const some = pairsOf(lengths);
        const { labels, rows, rowLabels, targetTokens } = makeBatch(some, Int32Array.from(lengths.keys()), TOKENS);
        const counting = [...labels.keys()].filter((row) => labels[row] !== IGNORE_INDEX);
        expect([...rows]).toEqual(counting);
        expect([...rowLabels]).toEqual(counting.map((row) => labels[row]));
        expect(targetTokens).toBe(counting.length);
      }),
    );
  });
});

describe('a source of batches', () => {
  const pairs = sentences(120, 5);
  const options = { max_tokens_per_batch: 128, seed: 42, ...TOKENS };
  const begin = { epoch: 0, batch: 0 };

  it('continues from the position of another exactly like it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), (steps) => {
        const first = sequenceSource(pairs, options, begin);
        for (let i = 0; i < steps; i++) first.next();
        const second = sequenceSource(pairs, options, JSON.parse(JSON.stringify(first.position)));
        for (let i = 0; i < 40; i++) expect(second.next()).toEqual(first.next());
      }),
      { numRuns: 20 },
    );
  });

  it('takes up the next epoch after the last batch of one, and deals a batch out', () => {
    const stream = new IndexStream((epoch) => planEpoch(pairs, options, epoch).batches);
    const count = stream.batchesInEpoch;
    const seen = Array.from({ length: count }, () => stream.next(2).flatMap((indices) => [...indices])).flat();
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i));
    expect(stream.position).toEqual({ epoch: 1, batch: 0 });
    expect(sequenceSource(pairs, options, { epoch: 0, batch: count }).position).toEqual({ epoch: 1, batch: 0 });
  });

  it('refuses no pairs, and a position outside its epoch', () => {
    expect(() => sequenceSource(pairsOf([]), options, begin)).toThrow('expected samples to train on, got none');
    expect(() => sequenceSource(pairs, options, { epoch: 3, batch: 999 })).toThrow(/got batch 999 of epoch 3/);
  });
});

describe('encoded pairs', () => {
  const text = { source: ['aa bb aa bb', 'aa'], target: ['bb', 'bb aa bb aa'], origin };
  const { json, config } = trainBpe([...text.source, ...text.target], { vocab_size: 20 });
  const tokenizer = loadTokenizer(json, config);
  const both = { source: tokenizer, target: tokenizer };

  it('are whole without max_length', () => {
    const { source, truncated } = encodePairs(text, both);
    expect([...source[0]]).toEqual(tokenizer.encode('aa bb aa bb'));
    expect(truncated).toEqual({ source: 0, target: 0 });
  });

  it('are cut to max_length, </s> kept, and the cuts counted', () => {
    const { source, target, truncated } = encodePairs(text, both, { max_length: 3 });
    const whole = tokenizer.encode('aa bb aa bb');
    expect([...source[0]]).toEqual([whole[0], whole[1], 0]);
    expect(target.map((ids) => ids.length)).toEqual([tokenizer.encode('bb').length, 3]);
    expect(truncated).toEqual({ source: 1, target: 1 });
  });

  it('are refused when a side yields no token', () => {
    expect(() => encodePairs({ ...text, target: ['bb', ''] }, both)).toThrow(
      'data pairs.tsv:2: expected text on both sides, got no token from target ""',
    );
  });
});
