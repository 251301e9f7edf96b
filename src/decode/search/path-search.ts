import { itemAt } from '../../io/item-at.ts';
import { type Candidate, Path } from '../path.ts';
import type { Search } from '../sentence.ts';
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
  readonly #isStopped: StoppingCriterion | undefined;
  #position = 0;
  #isFinished = false;

  constructor({ settings, source, isStopped }: SearchTask) {
    this.settings = settings;
    this.#isStopped = isStopped;
    this.paths = [Path.of(source.prompt)];
    this.pool = new HypothesisPool(settings.beams, settings.lengthPenalty);
  }

  get position(): number {
    return this.#position;
  }

  get draws(): Search['draws'] {
    return this.paths.map(({ sample }, beam) => ({ beam, sample }));
  }

  read(slots: ArrayLike<number>): void {
    this.#position += slots.length;
    for (const path of this.paths) {
      let past: Path | undefined = path.first(this.#position);
      for (let at = slots.length - 1; past && at >= 0; at--, past = past.before) past.slot = slots[at] ?? -1;
    }
  }

  abstract advance(candidates: readonly Candidate[], slots: ArrayLike<number>): void;

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

  /** Records that the cache now holds the last token of every path, and where. */
  protected store(slots: ArrayLike<number>): void {
    this.#position++;
    this.paths.forEach((path, beam) => {
      path.slot = slots[beam] ?? -1;
    });
  }

  protected extend(candidate: Candidate): Path {
    return new Path(itemAt(this.paths, candidate.beam, 'a beam'), candidate);
  }

  protected isStopped(path: Path): boolean {
    return this.#isStopped?.(path.tokens) ?? false;
  }

  /** A path as a hypothesis. */
  protected hypothesisOf({ tokens, beams, score, length }: Path): Hypothesis {
    const { promptLength } = this.settings;
    return { tokens, beams: beams.slice(promptLength), score: this.pool.scoreOf(score, length - promptLength) };
  }

  /** Records a path as a hypothesis. */
  protected close(path: Path): void {
    this.pool.add(this.hypothesisOf(path));
  }
}
