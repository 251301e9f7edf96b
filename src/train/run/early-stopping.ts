/** What is remembered of a metric between evaluations; saved with a checkpoint. */
export interface BestMetricState {
  /** The best value so far; null before the first. */
  readonly best_metric: number | null;
  /** The update at which it was reached. */
  readonly best_step: number | null;
  /** Evaluations since then. */
  readonly evaluations_without_improvement: number;
}

const nothingYet: BestMetricState = { best_metric: null, best_step: null, evaluations_without_improvement: 0 };

/** Which values are better, and how long training continues without one. */
export interface BestMetricConfig {
  readonly greaterIsBetter: boolean;
  /** Evaluations without improvement that end the training; absent: none do. */
  readonly patience?: number;
}

/** Follows one metric over evaluations: which was best, and whether patience has run out. */
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

  /** Takes in an evaluation; true when it is the best so far. An equal value is no improvement, nor is NaN. */
  observe(value: number, step: number): boolean {
    const { best_metric: best, evaluations_without_improvement: waited } = this.#state;
    const isBest =
      !Number.isNaN(value) && (best === null || (this.#config.greaterIsBetter ? value > best : value < best));
    this.#state = isBest
      ? { best_metric: value, best_step: step, evaluations_without_improvement: 0 }
      : { ...this.#state, evaluations_without_improvement: waited + 1 };
    return isBest;
  }

  /** Whether as many evaluations as `patience` passed without improvement. */
  get shouldStop(): boolean {
    return this.#state.evaluations_without_improvement >= (this.#config.patience ?? Number.POSITIVE_INFINITY);
  }
}
