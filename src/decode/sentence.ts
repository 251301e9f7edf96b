import type { AttentionLog } from './attention-log.ts';
import type { Candidate, Path } from './path.ts';
import type { Hypothesis } from './search/hypothesis.ts';
import type { SearchRequest } from './search/request.ts';

/** The search for one sentence's hypotheses: it exposes its open paths and receives their best continuations. */
export interface Search {
  /** The open paths, at most as many as beams. If there are none, the search is over. */
  readonly paths: readonly Path[];
  /** The number of tokens in the cache, the same for every open path: the position of the next one. */
  readonly position: number;
  /** The beam and the sample of each candidate that must be drawn or is forced. */
  readonly draws: readonly { readonly beam: number; readonly sample: number }[];
  /** Records that the cache now holds the next tokens of the prompt, and where. */
  read(slots: ArrayLike<number>): void;
  /**
   * Advances by one token.
   *
   * @param candidates best first, none with probability 0.
   * @param slots where the cache now holds the last token of every path; empty if nothing was run, because the search ends.
   */
  advance(candidates: readonly Candidate[], slots: ArrayLike<number>): void;
  /** Gives up: no path is open any more, and there are no hypotheses. */
  abandon(): void;
  /** The best hypotheses, best first; open paths count as they are. Undefined if they were returned before. */
  finish(): Hypothesis[] | undefined;
}

/** A sentence during the search. */
export interface Sentence extends SearchRequest {
  readonly search: Search;
  /** The attention of its steps, if requested. */
  readonly attention?: AttentionLog | undefined;
  /** The row of its first beam in the last step, [sentences·beams]. */
  row: number;
}
