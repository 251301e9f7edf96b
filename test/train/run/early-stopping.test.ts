import { describe, expect, it } from 'vitest';
import { BestMetric } from '../../../src/train/run/early-stopping.ts';

const observeAll = (metric: BestMetric, values: readonly number[]) =>
  values.map((value, i) => metric.observe(value, 10 * (i + 1)));

describe('the best metric', () => {
  it('is the least loss', () => {
    const metric = new BestMetric({ greaterIsBetter: false });
    expect(observeAll(metric, [3, 2, 2.5, 1])).toEqual([true, true, false, true]);
    expect(metric.state).toEqual({ best_metric: 1, best_step: 40, evaluations_without_improvement: 0 });
  });

  it('is the greatest BLEU', () => {
    const metric = new BestMetric({ greaterIsBetter: true });
    expect(observeAll(metric, [3, 2, 4, 1])).toEqual([true, false, true, false]);
    expect(metric.state).toEqual({ best_metric: 4, best_step: 30, evaluations_without_improvement: 1 });
  });

  it('is not improved by an equal value', () => {
    expect(observeAll(new BestMetric({ greaterIsBetter: false }), [2, 2])).toEqual([true, false]);
  });

  it('is never NaN, not even at first', () => {
    const metric = new BestMetric({ greaterIsBetter: false });
    expect(observeAll(metric, [Number.NaN, 5, Number.NaN])).toEqual([false, true, false]);
    expect(metric.state.best_metric).toBe(5);
  });

  it('ends a training after `patience` evaluations in a row without improvement', () => {
    const metric = new BestMetric({ greaterIsBetter: false, patience: 2 });
    const stops = [3, 4, 2, 3, 4].map((value, i) => {
      metric.observe(value, i);
      return metric.shouldStop;
    });
    expect(stops).toEqual([false, false, false, false, true]);
  });

  it('ends no training without `patience`', () => {
    const metric = new BestMetric({ greaterIsBetter: false });
    observeAll(metric, [1, 2, 3, 4, 5, 6]);
    expect(metric.shouldStop).toBe(false);
  });

  it('continues from a saved state', () => {
    const before = new BestMetric({ greaterIsBetter: true, patience: 2 });
    observeAll(before, [5, 4]);
    const after = new BestMetric({ greaterIsBetter: true, patience: 2 }, JSON.parse(JSON.stringify(before.state)));
    expect(after.observe(4.5, 30)).toBe(false);
    expect(after.shouldStop).toBe(true);
  });
});
