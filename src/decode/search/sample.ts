import type { ChosenToken } from '../chosen-token.ts';
import type { Candidate, Path } from '../path.ts';
import type { Search } from '../sentence.ts';
import type { Hypothesis } from './hypothesis.ts';
import { PathSearch, type SearchTask } from './path-search.ts';

/**
 * Follows the chosen tokens, each sample on its own path until it ends: sampled tokens, or the likeliest for greedy search. The first token of every sample follows the same prompt.
 */
export class SampleSearch extends PathSearch {
  readonly #results: Hypothesis[] = [];
  readonly #samples: number;
  readonly #onToken: ((chosen: ChosenToken) => void) | undefined;

  constructor(task: SearchTask & { readonly onToken?: ((chosen: ChosenToken) => void) | undefined }) {
    super(task);
    const { settings, onToken } = task;
    this.#samples = settings.sampling ? settings.returned : 1;
    this.#onToken = onToken;
  }

  override get draws(): Search['draws'] {
    const [path, ...others] = this.paths;
    const isFirst = others.length === 0 && path?.length === this.settings.promptLength;
    return isFirst ? Array.from({ length: this.#samples }, (_, sample) => ({ beam: 0, sample })) : super.draws;
  }

  advance(candidates: readonly Candidate[], slots: ArrayLike<number>): void {
    const { ends, maxLength } = this.settings;
    const next: Path[] = [];
    this.store(slots);
    for (const candidate of candidates.slice(0, this.draws.length)) {
      const path = this.extend(candidate);
      const isEnd = ends.includes(candidate.token) || this.isStopped(path);
      if (isEnd) this.close(path);
      else next.push(path);
      const { token, sample } = candidate;
      this.#onToken?.({ token, sample, isLast: isEnd || path.length >= maxLength });
    }
    this.paths = next;
  }

  /** In the order of the samples, not of their scores. */
  protected override best(): Hypothesis[] {
    return this.#results.flat();
  }

  protected override close(path: Path): void {
    this.#results[path.sample] = this.hypothesisOf(path);
  }
}
