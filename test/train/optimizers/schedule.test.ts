import { describe, expect, it } from 'vitest';
import { learningRateAt, type ScheduleConfig } from '../../../src/train/optimizers/schedule.ts';
import { goldenJson } from './golden.ts';

interface Golden {
  readonly name: string;
  readonly base_lr: number;
  readonly args: {
    readonly warmup: number;
    readonly total?: number;
    readonly num_cycles?: number;
    readonly timescale?: number | string;
  };
  readonly lr: readonly number[];
}

const goldens = new Map((goldenJson('schedules') as { schedules: Golden[] }).schedules.map((one) => [one.name, one]));

/** What the goldens' names begin with; of the other schedules there are none here. */
const types: [RegExp, ScheduleConfig['lr_scheduler_type']][] = [
  [/^constant_with_warmup/, 'constant_with_warmup'],
  [/^linear_/, 'linear'],
  [/^cosine_(with_warmup|cycles)/, 'cosine'],
  [/^inverse_sqrt/, 'inverse_sqrt'],
];
const built = types.flatMap(([form, type]) =>
  [...goldens.values()].flatMap((golden) => (form.test(golden.name) ? [[golden.name, type, golden] as const] : [])),
);

describe('a schedule', () => {
  it('is tested by a golden of every type', () => {
    expect(new Set(built.map(([, type]) => type))).toEqual(new Set(types.map(([, type]) => type)));
  });

  it.each(built)('gives the rates of Transformers: %s', (_, lr_scheduler_type, golden) => {
    const { warmup, total = 0, num_cycles, timescale } = golden.args;
    const rate = learningRateAt({
      lr_scheduler_type,
      learning_rate: golden.base_lr,
      warmup_steps: warmup,
      max_steps: total,
      num_cycles,
      timescale: typeof timescale === 'number' ? timescale : undefined,
    });
    expect(golden.lr.length).toBeGreaterThan(total);
    golden.lr.forEach((expected, step) => {
      expect(Math.abs(rate(step) - expected), `step ${step}`).toBeLessThanOrEqual(
        1e-15 * golden.base_lr + 1e-12 * expected,
      );
    });
  });

  const config = { learning_rate: 0.3, warmup_steps: 4, max_steps: 10 };

  it('stays at the peak from the first step when constant, whatever the warm-up', () => {
    const rate = learningRateAt({ ...config, lr_scheduler_type: 'constant' });
    expect([0, 1, 4, 9, 100].map(rate)).toEqual([0.3, 0.3, 0.3, 0.3, 0.3]);
  });

  it('decays by the inverse square root over 10,000 steps when there is no warm-up', () => {
    const rate = learningRateAt({ ...config, warmup_steps: 0, lr_scheduler_type: 'inverse_sqrt' });
    expect(rate(0)).toBe(0.3);
    expect(rate(30_000)).toBe(0.15);
  });

  it.each(['linear', 'cosine', 'inverse_sqrt', 'constant_with_warmup'] as const)(
    'reaches the peak at the end of the warm-up: %s',
    (type) => {
      const rate = learningRateAt({ ...config, lr_scheduler_type: type });
      expect(rate(0)).toBe(0);
      expect(rate(2)).toBeCloseTo(0.15, 15);
      expect(rate(4)).toBe(0.3);
    },
  );

  it.each(['linear', 'cosine'] as const)('ends at 0: %s', (type) => {
    expect(learningRateAt({ ...config, lr_scheduler_type: type })(10)).toBe(0);
  });
});
