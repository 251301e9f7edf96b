/** The learning rate over a training, with the names of `TrainingArguments`. */
export interface ScheduleConfig {
  readonly lr_scheduler_type: ScheduleName;
  /** The peak. */
  readonly learning_rate: number;
  /** Updates in which the rate rises linearly from 0 to the peak; `constant` has none. */
  readonly warmup_steps: number;
  /** Updates in the whole training; `linear` and `cosine` end there. */
  readonly max_steps: number;
  /** `cosine`: number of waves, by default 0.5: down to 0 once. */
  readonly num_cycles?: number;
  /**
   * `inverse_sqrt`: the update at which the decay would be 1; by default the end of the warm-up, or 10,000 without one.
   */
  readonly timescale?: number;
}

/** The factor of the peak after the warm-up, at a step counted from 0. */
type Decay = (step: number, config: ScheduleConfig) => number;

const rise = (step: number, { warmup_steps }: ScheduleConfig): number => step / Math.max(1, warmup_steps);

/** The fraction of the steps between the end of the warm-up and the end of the training. */
const progress = (step: number, { warmup_steps, max_steps }: ScheduleConfig): number =>
  (step - warmup_steps) / Math.max(1, max_steps - warmup_steps);

interface Schedule {
  readonly hasWarmup: boolean;
  /** Whether the rate depends on where the training ends. */
  readonly isPlanned?: true;
  readonly decay: Decay;
}

/** Schedules by name, with the formulas of Transformers' `optimization.py`. */
const schedules = {
  constant: { hasWarmup: false, decay: () => 1 },
  constant_with_warmup: { hasWarmup: true, decay: () => 1 },
  linear: { hasWarmup: true, isPlanned: true, decay: (step, config) => Math.max(0, 1 - progress(step, config)) },
  /** Source: Vaswani et al. 2017, eq. 3, whose peak is d_model^−0.5 · warmup^−0.5. */
  inverse_sqrt: {
    hasWarmup: true,
    decay(step, { warmup_steps, timescale = warmup_steps || 10_000 }) {
      return 1 / Math.sqrt((step + timescale - warmup_steps) / timescale);
    },
  },
  /** Source: Loshchilov & Hutter 2017, eq. 5. */
  cosine: {
    hasWarmup: true,
    isPlanned: true,
    decay: (step, config) =>
      Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (config.num_cycles ?? 0.5) * 2 * progress(step, config)))),
  },
} satisfies Record<string, Schedule>;

/** The name of a schedule, as in Transformers. */
export type ScheduleName = keyof typeof schedules;
/** The names of all schedules. */
export const scheduleNames = Object.keys(schedules) as ScheduleName[];

/** Whether a schedule begins with a warm-up. */
export const hasWarmup = (name: ScheduleName): boolean => schedules[name].hasWarmup;

/** Whether a schedule depends on where the training ends. */
export const isPlannedToEnd = (name: ScheduleName): boolean => 'isPlanned' in schedules[name];

/**
 * The learning rate at a step: `learningRateAt(config)(step)`.
 *
 * Steps count from 0: update number k + 1 uses step k. So with a warm-up the first update has rate 0, as in
 * Transformers.
 */
export function learningRateAt(config: ScheduleConfig): (step: number) => number {
  const { hasWarmup, decay }: Schedule = schedules[config.lr_scheduler_type];
  return (step) =>
    config.learning_rate * (hasWarmup && step < config.warmup_steps ? rise(step, config) : decay(step, config));
}
