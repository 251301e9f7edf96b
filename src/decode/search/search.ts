import type { GenerationSettings } from '../settings/generation-settings.ts';
import { type Hypothesis, HypothesisPool } from './hypothesis.ts';

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

/** A token that was chosen for good. */
export interface ChosenToken {
  readonly token: number;
  readonly sample: number;
  /** Whether none follows. */
  readonly isLast: boolean;
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
  /** The best hypotheses, best first; paths still open count as they are. */
  finish(): Hypothesis[];
}

/** What all searches do alike with their paths. */
export abstract class PathSearch implements Search {
  paths: readonly Path[];
  protected readonly settings: GenerationSettings;
  protected readonly pool: HypothesisPool;

  constructor(settings: GenerationSettings, prompt: readonly number[]) {
    this.settings = settings;
    this.paths = [{ tokens: prompt, score: 0, beams: [], slots: [], sample: 0 }];
    this.pool = new HypothesisPool(settings.beams, settings.lengthPenalty);
  }

  get draws(): Search['draws'] {
    return this.paths.map(({ sample }, beam) => ({ beam, sample }));
  }

  read(slot: number): void {
    this.paths = this.paths.map((path) => ({ ...path, slots: [...path.slots, slot] }));
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

  protected extend({ beam, token, score, sample }: Candidate, slots: (beam: number) => number): Path {
    const path = this.paths[beam];
    return {
      tokens: [...path.tokens, token],
      score,
      beams: [...path.beams, beam],
      slots: [...path.slots, slots(beam)],
      sample,
    };
  }

  /** A path as a hypothesis. */
  protected hypothesisOf({ tokens, score, beams }: Path): Hypothesis {
    return { tokens, beams, score: this.pool.scoreOf(score, tokens.length - this.settings.promptLength) };
  }

  /** Takes a path as a hypothesis. */
  protected close(path: Path): void {
    this.pool.add(this.hypothesisOf(path));
  }
}
