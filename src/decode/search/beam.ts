import { firstOf } from '../../io/item-at.ts';
import type { Candidate, Path } from '../path.ts';
import { PathSearch } from './path-search.ts';

/**
 * Beam search. Of the best 2·beams candidates, those that end become hypotheses if they rank among the first `beams`;
 * the first `beams` of the others are the next paths. Whichever token ends a hypothesis, the first end token is
 * written.
 *
 * Source: Transformers 4.46, `BeamSearchScorer` and `BeamHypotheses`. That stop strings and time end single beams is from
 * Transformers 5, `_beam_search`. Its rule for the end of the search differs: there, the best score that can still be
 * reached is that of the next paths; here, as in 4.46, that of all candidates, so the search can go on a little longer.
 */
export class BeamSearch extends PathSearch {
  advance(candidates: readonly Candidate[], slots: ArrayLike<number>): void {
    const { beams, ends, promptLength } = this.settings;
    const [end] = ends;
    const next: Path[] = [];
    const length = firstOf(this.paths, 'a path').length + 1 - promptLength;
    this.store(slots);
    for (let rank = 0; rank < candidates.length && next.length < beams; rank++) {
      const candidate = candidates[rank]!;
      const isEnd = ends.includes(candidate.token);
      const path = this.extend(isEnd ? { ...candidate, token: end ?? candidate.token } : candidate);
      if (!isEnd && !this.isStopped(path)) next.push(path);
      else if (rank < beams) this.close(path);
    }
    const [best] = candidates;
    this.paths = best === undefined || this.isSettled(best.score, length) ? [] : next;
  }

  /** Whether no open path can still win. `bestSum`: the best candidate's score, over `length` generated tokens. */
  private isSettled(bestSum: number, length: number): boolean {
    const { earlyStopping, lengthPenalty, maxLength, promptLength } = this.settings;
    if (!this.pool.isFull) return false;
    if (earlyStopping === true) return true;
    const reachable = earlyStopping === 'never' && lengthPenalty > 0 ? maxLength - promptLength : length;
    return this.pool.worst >= this.pool.scoreOf(bestSum, reachable);
  }
}
