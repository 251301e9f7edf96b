/** A finished sequence: its tokens from the start token to the end token, and its score. */
export interface Hypothesis {
  readonly tokens: readonly number[];
  /** Sum of log-probabilities / (generated tokens, end token included) ** length penalty. */
  readonly score: number;
  /** Its beam at each step. */
  readonly beams: readonly number[];
}

/** The best `size` hypotheses found so far for one sentence. */
export class HypothesisPool {
  readonly size: number;
  readonly lengthPenalty: number;
  readonly #kept: Hypothesis[] = [];

  constructor(size: number, lengthPenalty: number) {
    this.size = size;
    this.lengthPenalty = lengthPenalty;
  }

  get isFull(): boolean {
    return this.#kept.length >= this.size;
  }

  /** The lowest score in the pool. */
  get worst(): number {
    return this.#kept.reduce((least, { score }) => Math.min(least, score), Number.POSITIVE_INFINITY);
  }

  /** The score of a sum of log-probabilities over `length` generated tokens. */
  scoreOf(sum: number, length: number): number {
    return sum / length ** this.lengthPenalty;
  }

  /** Adds a hypothesis, replacing the worst if the pool is full; a full pool rejects one that is not better. */
  add(hypothesis: Hypothesis): void {
    const { worst } = this;
    if (!this.isFull) {
      this.#kept.push(hypothesis);
    } else if (hypothesis.score > worst) {
      this.#kept.splice(
        this.#kept.findIndex(({ score }) => score === worst),
        1,
      );
      this.#kept.push(hypothesis);
    }
  }

  /** The best `count`, best first; among equals the later one comes first. */
  best(count: number): Hypothesis[] {
    return this.#kept
      .map((hypothesis, order) => ({ hypothesis, order }))
      .sort((a, b) => b.hypothesis.score - a.hypothesis.score || b.order - a.order)
      .slice(0, count)
      .map(({ hypothesis }) => hypothesis);
  }
}
