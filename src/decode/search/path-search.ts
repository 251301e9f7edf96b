import { itemAt } from '../../io/item-at.ts';
import type { Candidate, Path, Search } from '../sentence.ts';
import type { GenerationSettings } from '../settings/generation-settings.ts';
import type { Source } from '../source.ts';
import { type Hypothesis, HypothesisPool } from './hypothesis.ts';
import type { StoppingCriterion } from './stopping.ts';

/** The parameters of a search: a prompt, settings, and the lengths, end tokens and criteria that end a sequence. */
export interface SearchTask {
  readonly settings: GenerationSettings;
  readonly source: Pick<Source, 'prompt'>;
  readonly isStopped?: StoppingCriterion | undefined;
}

/** What all searches have in common in handling their paths. */
export abstract class PathSearch implements Search {
  paths: readonly Path[];
  protected readonly settings: GenerationSettings;
  protected readonly pool: HypothesisPool;
  protected readonly isStopped: StoppingCriterion;
  #isFinished = false;

  constructor({ settings, source, isStopped }: SearchTask) {
    this.settings = settings;
    this.isStopped = isStopped ?? (() => false);
    this.paths = [{ tokens: source.prompt, score: 0, beams: [], slots: [], sample: 0 }];
    this.pool = new HypothesisPool(settings.beams, settings.lengthPenalty);
  }

  get position(): number {
    return this.paths[0]?.slots.length ?? 0;
  }

  get draws(): Search['draws'] {
    return this.paths.map(({ sample }, beam) => ({ beam, sample }));
  }

  read(slot: number): void {
    this.paths = this.paths.map((path) => ({ ...path, slots: appended(path.slots, slot) }));
  }

  abstract advance(candidates: readonly Candidate[], slots: (beam: number) => number): void;

  moveSlots(to: (slot: number) => number): void {
    this.paths = this.paths.map((path) => ({ ...path, slots: path.slots.map(to) }));
  }

  abandon(): void {
    this.paths = [];
    this.#isFinished = true;
  }

  finish(): Hypothesis[] | undefined {
    if (this.#isFinished) return undefined;
    for (const path of this.paths) this.close(path);
    this.abandon();
    return this.best();
  }

  /** The results, best first. */
  protected best(): Hypothesis[] {
    return this.pool.best(this.settings.returned);
  }

  protected extend({ beam, token, score, sample }: Candidate, slots: (beam: number) => number): Path {
    const path = itemAt(this.paths, beam, 'a beam');
    return {
      tokens: appended(path.tokens, token),
      score,
      beams: appended(path.beams, beam),
      slots: appended(path.slots, slots(beam)),
      sample,
    };
  }

  /** A path as a hypothesis. */
  protected hypothesisOf({ tokens, score, beams }: Path): Hypothesis {
    return { tokens, beams, score: this.pool.scoreOf(score, tokens.length - this.settings.promptLength) };
  }

  /** Records a path as a hypothesis. */
  protected close(path: Path): void {
    this.pool.add(this.hypothesisOf(path));
  }
}

/** A list with one more item. Spreading would make one with room for twice as many, at every step of every path. */
const appended = (list: readonly number[], item: number): number[] => list.toSpliced(list.length, 0, item);
