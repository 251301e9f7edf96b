import type { Hypothesis } from './search/hypothesis.ts';
import type { SearchRequest } from './search/request.ts';

/** A sequence that may still grow. */
export interface Path {
  /** From the prompt's first token on; while the prompt is read all of it. */
  readonly tokens: readonly number[];
  /** Sum of log-probabilities of what was generated. */
  readonly score: number;
  /** In which beam it lay at each generated token so far. */
  readonly beams: readonly number[];
  /** Where its past lies in the cache. */
  readonly slots: readonly number[];
  /** Which of several samples it is; 0 in a search for the likeliest. */
  readonly sample: number;
}

/** One continuation: a token after the path of a beam, with the score of the whole. */
export interface Candidate {
  readonly beam: number;
  readonly token: number;
  readonly score: number;
  readonly sample: number;
}

/** The search for one sentence's hypotheses: it shows its open paths and receives their best continuations. */
export interface Search {
  /** The open paths, at most as many as there are beams. None: the search is over. */
  readonly paths: readonly Path[];
  /** For each candidate that must be drawn or is forced: the beam after which it comes, and its sample. */
  readonly draws: readonly { readonly beam: number; readonly sample: number }[];
  /** Takes note that the cache now holds one more token of the prompt, and where. */
  read(slot: number): void;
  /**
   * Goes one token further.
   *
   * @param candidates best first, none with probability 0.
   * @param slots where the cache now holds each beam's last token.
   */
  advance(candidates: readonly Candidate[], slots: (beam: number) => number): void;
  /** The paths after their slots moved in the cache. */
  moveSlots(to: (slot: number) => number): void;
  /** Gives up: no path is open any more, and there are no hypotheses. */
  abandon(): void;
  /** The best hypotheses, best first; paths still open count as they are. Undefined when they were given already. */
  finish(): Hypothesis[] | undefined;
}

/** A sentence under search. */
export interface Sentence extends SearchRequest {
  readonly search: Search;
  /** Where it lies in the batch as given. */
  readonly at: number;
  /** Its row in the last step's tensors. */
  row: number;
}
