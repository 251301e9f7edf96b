import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { averageWeights } from '../../../src/train/run/average.ts';

const weights = (entries: Record<string, number[]>) =>
  new Map(Object.entries(entries).map(([name, numbers]) => [name, Float32Array.from(numbers)]));

describe('the average of checkpoints', () => {
  it('is the mean of every parameter', async () => {
    const mean = await averageWeights([weights({ a: [1, 2], b: [3] }), weights({ b: [5], a: [2, 6] })]);
    expect(mean).toEqual(weights({ a: [1.5, 4], b: [4] }));
  });

  it('of one checkpoint is that checkpoint', async () => {
    const only = weights({ a: [0.1, -0.3] });
    expect(await averageWeights([only])).toEqual(only);
  });

  it('is summed in float64: a large number does not swallow small ones', async () => {
    const mean = await averageWeights([
      weights({ a: [2 ** 24] }),
      weights({ a: [1] }),
      weights({ a: [-(2 ** 24)] }),
      weights({ a: [3] }),
    ]);
    expect(mean.get('a')).toEqual(Float32Array.of(1));
  });

  it('does not depend on the order of the checkpoints', async () => {
    const many = Array.from({ length: 10 }, (_, i) => weights({ a: [Math.sin(i), Math.exp(i), 1 / (i + 1)] }));
    expect(await averageWeights([...many].reverse())).toEqual(await averageWeights(many));
  });

  it('takes checkpoints one after the other from a generator', async () => {
    async function* two() {
      yield weights({ a: [1] });
      yield weights({ a: [2] });
    }
    expect((await averageWeights(two())).get('a')).toEqual(Float32Array.of(1.5));
  });

  it('refuses checkpoints of different models and says every difference', async () => {
    const refused = averageWeights([weights({ a: [1], b: [1, 2] }), weights({ b: [1], c: [1] })]);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(
      'average: checkpoint 2 differs from the first:\n  a is missing\n  b must have 2 elements, got 1\n  c is not in the first',
    );
  });

  it('of nothing is refused', async () => {
    await expect(averageWeights([])).rejects.toThrow('expected at least one checkpoint');
  });
});
