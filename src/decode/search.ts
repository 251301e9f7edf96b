import type { GenerationSettings } from './generation-settings.ts';
import { type Hypothesis, HypothesisPool } from './hypothesis.ts';

/** A sequence that may still grow. */
export interface Path {
  /** From the start token on. */
  readonly tokens: readonly number[];
  /** Sum of log-probabilities. */
  readonly score: number;
  /** In which beam it lay at each step so far. */
  readonly beams: readonly number[];
  /** Where its past lies in the cache. */
  readonly slots: readonly number[];
}

/** One way to go on: a token behind the path of a beam, with the score of the whole. */
export interface Candidate {
  readonly beam: number;
  readonly token: number;
  readonly score: number;
}

/** The search for one sentence's hypotheses: it shows its open paths and is told the best ways to go on. */
export interface Search {
  /** The open paths, at most as many as there are beams. None: the search is over. */
  readonly paths: readonly Path[];
  /**
   * Goes one token further.
   *
   * @param candidates best first, none with probability 0.
   * @param slots where the cache now holds each beam's last token.
   */
  advance(candidates: readonly Candidate[], slots: (beam: number) => number): void;
  /** The paths after their slots moved in the cache. */
  moveSlots(to: (slot: number) => number): void;
  /** The best hypotheses, best first; paths still open count as they are. */
  finish(): Hypothesis[];
}

/** The search that a config asks for: greedy for one beam, else beam search. */
export const startSearch = (settings: GenerationSettings): Search =>
  settings.beams === 1 ? new GreedySearch(settings) : new BeamSearch(settings);

abstract class PathSearch implements Search {
  paths: Path[];
  protected readonly settings: GenerationSettings;
  protected readonly pool: HypothesisPool;

  constructor(settings: GenerationSettings) {
    this.settings = settings;
    this.paths = [{ tokens: [settings.start], score: 0, beams: [], slots: [] }];
    this.pool = new HypothesisPool(settings.beams, settings.lengthPenalty);
  }

  abstract advance(candidates: readonly Candidate[], slots: (beam: number) => number): void;

  moveSlots(to: (slot: number) => number): void {
    this.paths = this.paths.map((path) => ({ ...path, slots: path.slots.map(to) }));
  }

  finish(): Hypothesis[] {
    for (const path of this.paths) this.close(path);
    this.paths = [];
    return this.pool.best(this.settings.returned);
  }

  protected extend({ beam, token, score }: Candidate, slots: (beam: number) => number): Path {
    const path = this.paths[beam];
    return {
      tokens: [...path.tokens, token],
      score,
      beams: [...path.beams, beam],
      slots: [...path.slots, slots(beam)],
    };
  }

  /** Takes a path as a hypothesis. */
  protected close({ tokens, score, beams }: Path): void {
    this.pool.add({ tokens, beams, score: this.pool.scoreOf(score, tokens.length - 1) });
  }
}

/** Always the likeliest token, until it is an end token. */
class GreedySearch extends PathSearch {
  advance([best]: readonly Candidate[], slots: (beam: number) => number): void {
    const path = best && this.extend(best, slots);
    const isEnd = path && this.settings.ends.includes(best.token);
    if (isEnd) this.close(path);
    this.paths = path && !isEnd ? [path] : [];
  }
}

/**
 * Beam search. Of the best 2·beams candidates those that end are hypotheses if they rank among the first `beams`; the
 * first `beams` others are the next paths. Whatever token ends a hypothesis, it is written as the first end token.
 *
 * Source: Transformers 4.46, `BeamSearchScorer` and `BeamHypotheses`.
 */
class BeamSearch extends PathSearch {
  advance(candidates: readonly Candidate[], slots: (beam: number) => number): void {
    const { beams, ends } = this.settings;
    const next: Path[] = [];
    const length = this.paths[0].tokens.length;
    for (const [rank, candidate] of candidates.entries()) {
      if (next.length === beams) break;
      if (!ends.includes(candidate.token)) next.push(this.extend(candidate, slots));
      else if (rank < beams) this.close(this.extend({ ...candidate, token: ends[0] }, slots));
    }
    this.paths = candidates.length === 0 || this.isSettled(candidates[0].score, length) ? [] : next;
  }

  /** Whether no open path can still win. `bestSum`: the best candidate's score, over `length` generated tokens. */
  private isSettled(bestSum: number, length: number): boolean {
    const { earlyStopping, lengthPenalty, maxLength } = this.settings;
    if (!this.pool.isFull) return false;
    if (earlyStopping === true) return true;
    const reachable = earlyStopping === 'never' && lengthPenalty > 0 ? maxLength - 1 : length;
    return this.pool.worst >= this.pool.scoreOf(bestSum, reachable);
  }
}
