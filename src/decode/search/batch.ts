import { InputError } from '../../io/error.ts';
import type { EngineTensor, HostTensor } from '../../runtime/backend.ts';
import { AttentionLog, type AttentionMap } from '../attention-log.ts';
import type { ChosenToken, Sentence } from '../sentence.ts';
import type { GenerationSettings } from '../settings/generation-settings.ts';
import type { Source } from '../source.ts';
import { Cache } from '../step/cache.ts';
import { bansOf, changeFeeds, type StepSizes, stepFeeds } from '../step/feeds.ts';
import { attentionPrefix } from '../step/graph.ts';
import { floatsOf } from '../step/host.ts';
import { feedsOf, type Programs, type StepProgram } from '../step/programs.ts';
import { type CandidatesOf, candidatesOf } from './candidate-choice.ts';
import type { Hypothesis } from './hypothesis.ts';
import { rulesOf } from './rules.ts';
import { startSearch } from './start.ts';
import { changingBans } from './token-ban.ts';

/** The hypotheses of one sentence, best first, and what each looked at when that was asked for. */
export interface BatchResult {
  readonly hypotheses: readonly Hypothesis[];
  readonly attentions?: readonly AttentionMap[];
}

/** The share of finished sentences at which the others are gathered. */
const finishedShare = 1 / 8;
/** Slots per live slot at which the dead ones are left out. */
const slotSurplus = 2;

/** A sentence and how to search for it. All requests of a batch agree but in what follows from their prompts. */
export interface Request {
  readonly source: Source;
  readonly settings: GenerationSettings;
  /** Receives every token as soon as it is chosen; beam search chooses at the end. */
  readonly onToken?: (chosen: ChosenToken) => void;
}

/** Searches the hypotheses of one batch. */
export async function searchBatch(
  programs: Programs,
  requests: readonly Request[],
  showsAttention: boolean,
): Promise<BatchResult[]> {
  const [{ settings }] = requests;
  const rules = rulesOf(settings, showsAttention, programs.model.vocabulary.target);
  return programs.step(rules, async (step) => {
    const cache = await Cache.encode(
      programs,
      requests.map(({ source }) => source),
    );
    try {
      return await new BatchSearch(requests, showsAttention, cache, step).run();
    } finally {
      cache.dispose();
    }
  });
}

class BatchSearch {
  readonly #sources: readonly Source[];
  readonly #attention: AttentionLog | undefined;
  readonly #cache: Cache;
  readonly #step: StepProgram;
  readonly #results: BatchResult[] = [];
  /** In the order of the cache's rows; finished ones stay until the cache is compacted. */
  #sentences: Sentence[];
  #pastBeams = 1;

  constructor(requests: readonly Request[], showsAttention: boolean, cache: Cache, step: StepProgram) {
    this.#sources = requests.map(({ source }) => source);
    this.#attention = showsAttention ? new AttentionLog() : undefined;
    this.#cache = cache;
    this.#step = step;
    this.#sentences = requests.map(({ source: { prompt, place }, settings, onToken }, at) => {
      return { at, row: at, place, settings, search: startSearch(settings, prompt, onToken) };
    });
  }

  async run(): Promise<BatchResult[]> {
    const shortest = Math.min(...this.#sentences.map(({ settings }) => settings.promptLength));
    for (let position = await this.#cache.read(this.#sentences, shortest - 1); this.#sentences.length > 0; position++) {
      await this.#advance(position);
      this.#finish(this.#sentences.filter(({ settings }) => position + 2 >= settings.maxLength));
      await this.#compact();
    }
    return this.#results;
  }

  /** One token more for every sentence. */
  async #advance(position: number): Promise<void> {
    const { slots } = this.#cache;
    const open = [...this.#sentences.entries()].filter(([, { search }]) => search.paths.length > 0);
    // Last tokens that are known are worth a step only for what they looked at.
    const isSkipped =
      !this.#attention &&
      open.every(([, { settings }]) => isLast(settings, position) && forcedAt(settings, position) !== undefined);
    const found = isSkipped ? undefined : await this.#run(position);
    for (const [row, { search, settings }] of open) {
      if (position + 1 < settings.promptLength) {
        search.read(slots);
        continue;
      }
      const forced = forcedAt(settings, position);
      const candidates =
        forced === undefined && found
          ? found(row)
          : search.draws.map((at) => ({ ...at, score: search.paths[at.beam].score, token: forced! }));
      search.advance(candidates, (beam) => slots + beam);
    }
    this.#finish(this.#sentences.filter(({ search }) => search.paths.length === 0));
  }

  /** Runs one step; gives a row's candidates. */
  async #run(position: number): Promise<CandidatesOf> {
    const { program } = this.#step;
    const beams = Math.max(...this.#sentences.map(({ search }) => search.paths.length));
    const sizes: StepSizes = { position, beams, pastBeams: this.#pastBeams, slots: this.#cache.slots };
    const bans = bansOf(this.#sentences, sizes, changingBans);
    const feeds = {
      ...this.#cache.feeds(),
      ...stepFeeds(this.#sentences, sizes),
      ...changeFeeds(this.#sentences, sizes, bans),
    };
    const results = await program.run(feedsOf(program, feeds), { keep: this.#cache.keep(program.outputs) });
    this.#cache.take(results, sizes.slots + beams);
    this.#pastBeams = beams;
    this.#sentences.forEach((sentence, row) => {
      sentence.row = row;
    });
    this.#logAttention(results);
    return candidatesOf({ step: this.#step, results, sentences: this.#sentences, beams, bans });
  }

  #logAttention(results: Readonly<Record<string, HostTensor | EngineTensor>>): void {
    if (!this.#attention) return;
    const layers = this.#step.program.outputs.filter((name) => name.startsWith(attentionPrefix));
    this.#attention.record(
      layers.map((name) => ({ shape: results[name].shape, data: floatsOf(results[name]) })),
      this.#sentences.map(({ at }) => at),
    );
  }

  #finish(sentences: readonly Sentence[]): void {
    for (const { at, search } of sentences) {
      if (this.#results[at]) continue;
      const hypotheses = search.finish();
      if (hypotheses.length === 0) throw new InputError('generate: every token is banned, nothing can be generated');
      const source = this.#sources[at].ids.length;
      const attentions = this.#attention && hypotheses.map(({ beams }) => this.#attention!.follow(at, beams, source));
      this.#results[at] = { hypotheses, attentions };
    }
  }

  /** Leaves out finished sentences and slots that no path sees, once there are enough of them. */
  async #compact(): Promise<void> {
    const open = [...this.#sentences.entries()].filter(([, { search }]) => search.paths.length > 0);
    if (open.length === 0) {
      this.#sentences = [];
      return;
    }
    const manyFinished = open.length <= this.#sentences.length * (1 - finishedShare);
    const { slots } = this.#cache;
    if (!manyFinished && slots < 2 * slotSurplus * this.#pastBeams) return;
    const live = open.map(([, { search }]) => [...new Set(search.paths.flatMap((path) => path.slots))]);
    const most = Math.max(1, ...live.map(({ length }) => length));
    if (!manyFinished && slots < slotSurplus * most) return;
    await this.#cache.compact(
      open.map(([row], i) => ({ row, slots: [...live[i], ...new Array<number>(most - live[i].length).fill(0)] })),
    );
    open.forEach(([, { search }], i) => {
      const places = new Map(live[i].map((slot, place) => [slot, place]));
      search.moveSlots((slot) => places.get(slot)!);
    });
    this.#sentences = open.map(([, sentence]) => sentence);
  }
}

const isLast = ({ maxLength }: GenerationSettings, position: number): boolean => position + 2 === maxLength;

/** The token that must come after the one at `position`, if there is one. */
function forcedAt(settings: GenerationSettings, position: number): number | undefined {
  const { forcedFirst, forcedLast } = settings;
  return (isLast(settings, position) ? forcedLast : undefined) ?? (position === 0 ? forcedFirst : undefined);
}
