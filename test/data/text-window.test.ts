import { describe, expect, it } from 'vitest';
import { consecutiveWindows, planWindows, windowBatch } from '../../src/data/batch/text-window.ts';
import { documentsOf, withheld } from '../../src/data/read/document.ts';

const options = { block_size: 8, windows_per_batch: 4, seed: 3 };

describe('windows to train on', () => {
  it('are the same for the same seed and epoch, and others for another', () => {
    const plan = planWindows(200, options, 1);
    expect(planWindows(200, options, 1)).toEqual(plan);
    expect(planWindows(200, options, 2)).not.toEqual(plan);
    expect(planWindows(200, { ...options, seed: 4 }, 1)).not.toEqual(plan);
  });

  it('read about as many tokens in an epoch as the text has, in batches of one size', () => {
    const plan = planWindows(200, options, 0);
    expect(plan).toHaveLength(7);
    expect(plan.every(({ length }) => length === 4)).toBe(true);
  });

  it('begin everywhere, but never so late that the next token is missing', () => {
    const seen = new Set(
      Array.from({ length: 60 }, (_, epoch) => planWindows(20, options, epoch)).flatMap((plan) =>
        plan.flatMap((starts) => [...starts]),
      ),
    );
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(planWindows(9, options, 0)[0]).toEqual(Int32Array.of(0, 0, 0, 0));
  });

  it('need a text that is longer than one', () => {
    expect(() => planWindows(8, options, 0)).toThrow(
      'data: expected a text of more than block_size = 8 tokens, got 8; lower block_size',
    );
  });

  it('hold tokens and the token after each', () => {
    const ids = Int32Array.from({ length: 20 }, (_, i) => 10 * i);
    const { B, T, inputIds, labels } = windowBatch(ids, Int32Array.of(17, 2), 2);
    expect([B, T]).toEqual([2, 2]);
    expect([...inputIds]).toEqual([170, 180, 20, 30]);
    expect([...labels]).toEqual([180, 190, 30, 40]);
  });
});

describe('windows that follow one another', () => {
  it.each([
    [2, [[1, 1]]],
    [9, [[1, 8]]],
    [
      10,
      [
        [1, 8],
        [1, 1],
      ],
    ],
    [
      60,
      [
        [4, 8],
        [3, 8],
        [1, 3],
      ],
    ],
    [
      65,
      [
        [4, 8],
        [4, 8],
      ],
    ],
  ])('of %i tokens predict every one but the first once', (count, shapes) => {
    const ids = Int32Array.from({ length: count }, (_, i) => i);
    const batches = [...consecutiveWindows(ids, options)];
    expect(batches.map(({ B, T }) => [B, T])).toEqual(shapes);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual([...ids.subarray(1)]);
    expect(batches.flatMap(({ inputIds }) => [...inputIds])).toEqual([...ids.subarray(0, -1)]);
  });
});

describe('documents', () => {
  const text = 'one\n\n two\n  \nthree\nfour\n';

  it('are a whole text, or its lines that are not blank', () => {
    expect(documentsOf(text, 'text')).toEqual([text]);
    expect(documentsOf(text, 'lines')).toEqual(['one', ' two', 'three', 'four']);
  });

  it('are withheld from the end, whole lines where lines are documents', () => {
    expect(withheld(text, 'lines', 0.3)).toEqual({ train: 'one\n two', validation: 'three\nfour' });
    expect(withheld('0123456789', 'text', 0.3)).toEqual({ train: '0123456', validation: '789' });
    expect(() => withheld('one\n', 'lines', 0.1)).toThrow('data: expected enough lines for two parts, got 1');
  });
});
