/** The history of a metric; saved with each checkpoint. */
export interface BestMetricState {
  /** The best value so far; null before the first. */
  readonly best_metric: number | null;
  /** The update of the best value. */
  readonly best_step: number | null;
  /** Evaluations since the best value. */
  readonly evaluations_without_improvement: number;
}

const nothingYet: BestMetricState = { best_metric: null, best_step: null, evaluations_without_improvement: 0 };

/** Which values are better, and how many evaluations without improvement are allowed. */
export interface BestMetricConfig {
  readonly greaterIsBetter: boolean;
  /** Evaluations without improvement after which training ends; if absent, it never ends early. */
  readonly patience?: number;
  /** How much better than the best so far a value must be for patience to begin anew; 0 when absent. */
  readonly threshold?: number | undefined;
}

/** Follows one metric over the evaluations: the best value, and whether patience has run out. */
export class BestMetric {
  readonly #config: BestMetricConfig;
  #state: BestMetricState;

  constructor(config: BestMetricConfig, state: BestMetricState = nothingYet) {
    this.#config = config;
    const { best_metric, best_step, evaluations_without_improvement } = state;
    this.#state = { best_metric, best_step, evaluations_without_improvement };
  }

  get state(): BestMetricState {
    return this.#state;
  }

  /** Records an evaluation; returns whether it is the best so far. An equal value is not an improvement, nor is NaN. */
  observe(value: number, step: number): boolean {
    const { threshold = 0 } = this.#config;
    const { best_metric: best, evaluations_without_improvement: waited } = this.#state;
    const gain = best === null ? Number.POSITIVE_INFINITY : this.#config.greaterIsBetter ? value - best : best - value;
    const isBest = gain > 0 && !Number.isNaN(value);
    this.#state = {
      ...(isBest ? { best_metric: value, best_step: step } : this.#state),
      evaluations_without_improvement: isBest && gain > threshold ? 0 : waited + 1,
    };
    return isBest;
  }

  /** Whether `patience` evaluations have passed without improvement. */
  get shouldStop(): boolean {
    return this.#state.evaluations_without_improvement >= (this.#config.patience ?? Number.POSITIVE_INFINITY);
  }
}
