import { InputError } from '../io/error.ts';
import type { EngineTensor, HostTensor } from '../runtime/backend.ts';
import { AttentionLog, type AttentionMap } from './attention-log.ts';
import { Cache } from './cache.ts';
import type { GenerationSettings } from './generation-settings.ts';
import { floatsOf, idsOf } from './host.ts';
import type { Hypothesis } from './hypothesis.ts';
import { feedsOf, type Programs, type StepProgram } from './programs.ts';
import { banned } from './scores.ts';
import { type Candidate, startSearch } from './search.ts';
import type { Source } from './source.ts';
import { banFeeds, bansOf, historyFeeds, type Sentence, type StepSizes, stepFeeds } from './step-feeds.ts';
import { attentionPrefix, type StepRules } from './step-graph.ts';
import { changingBans, hasChangingBans } from './token-ban.ts';

/** The hypotheses of one sentence, best first, and what each looked at when that was asked for. */
export interface BatchResult {
  readonly hypotheses: readonly Hypothesis[];
  readonly attentions?: readonly AttentionMap[];
}

/** The share of finished sentences at which the others are gathered. */
const finishedShare = 1 / 8;
/** Slots per live slot at which the dead ones are left out. */
const slotSurplus = 2;

/** Searches the hypotheses of one batch. */
export async function searchBatch(
  programs: Programs,
  settings: GenerationSettings,
  sources: readonly Source[],
  showsAttention: boolean,
): Promise<BatchResult[]> {
  const step = await programs.step(rulesOf(settings, showsAttention));
  const cache = await Cache.encode(programs, sources);
  try {
    return await new BatchSearch(settings, sources, showsAttention, cache, step).run();
  } finally {
    cache.dispose();
  }
}

function rulesOf(settings: GenerationSettings, showsAttention: boolean): StepRules {
  const isGreedy = settings.beams === 1;
  return {
    isGreedy,
    showsAttention,
    repetitionPenalty: settings.repetitionPenalty,
    renormalize: settings.renormalize,
    bannedTokens: settings.bannedTokens,
    hasChangingBans: hasChangingBans(settings),
    candidates: isGreedy ? 1 : Math.max(2, 1 + settings.ends.length) * settings.beams,
  };
}

type CandidatesOf = (row: number) => Candidate[];

class BatchSearch {
  readonly #settings: GenerationSettings;
  readonly #sources: readonly Source[];
  readonly #attention: AttentionLog | undefined;
  readonly #cache: Cache;
  readonly #step: StepProgram;
  readonly #results: BatchResult[] = [];
  /** In the order of the cache's rows; finished ones stay until the cache is compacted. */
  #sentences: Sentence[];
  #pastBeams = 1;

  constructor(
    settings: GenerationSettings,
    sources: readonly Source[],
    showsAttention: boolean,
    cache: Cache,
    step: StepProgram,
  ) {
    this.#settings = settings;
    this.#sources = sources;
    this.#attention = showsAttention ? new AttentionLog() : undefined;
    this.#cache = cache;
    this.#step = step;
    this.#sentences = sources.map((_, at) => ({ at, row: at, search: startSearch(settings) }));
  }

  async run(): Promise<BatchResult[]> {
    for (let position = 0; this.#sentences.length > 0; position++) {
      await this.#advance(position);
      if (position + 2 >= this.#settings.maxLength) this.#finish(this.#sentences);
      await this.#compact();
    }
    return this.#results;
  }

  /** One token more for every sentence. */
  async #advance(position: number): Promise<void> {
    const { maxLength, forcedFirst, forcedLast } = this.#settings;
    const isLast = position + 2 === maxLength;
    const forced = (isLast ? forcedLast : undefined) ?? (position === 0 ? forcedFirst : undefined);
    const { slots } = this.#cache;
    // A last token that is known is worth a step only for what it looked at.
    const isSkipped = isLast && forced !== undefined && !this.#attention;
    const found = isSkipped ? undefined : await this.#run(position);
    for (const [row, { search }] of this.#sentences.entries()) {
      if (search.paths.length === 0) continue;
      const candidates =
        forced === undefined && found
          ? found(row)
          : search.paths.map(({ score }, beam) => ({ beam, score, token: forced! }));
      search.advance(candidates, (beam) => slots + beam);
    }
    this.#finish(this.#sentences.filter(({ search }) => search.paths.length === 0));
  }

  /** Runs one step; gives a row's candidates. */
  async #run(position: number): Promise<CandidatesOf> {
    const { program, rules } = this.#step;
    const beams = Math.max(...this.#sentences.map(({ search }) => search.paths.length));
    const sizes: StepSizes = { position, beams, pastBeams: this.#pastBeams, slots: this.#cache.slots };
    const bans = rules.hasChangingBans
      ? bansOf(this.#sentences, beams, (tokens) => changingBans(this.#settings, tokens))
      : [];
    const feeds = {
      ...this.#cache.feeds(),
      ...stepFeeds(this.#sentences, sizes),
      ...(rules.repetitionPenalty === 1 ? {} : historyFeeds(this.#sentences, sizes)),
      ...(rules.hasChangingBans ? banFeeds(bans, beams) : {}),
    };
    const results = await program.run(feedsOf(program, feeds), { keep: this.#cache.keep(program.outputs) });
    this.#cache.take(results, sizes.slots + beams);
    this.#pastBeams = beams;
    this.#sentences.forEach((sentence, row) => {
      sentence.row = row;
    });
    this.#logAttention(results);
    return this.#candidates(results, beams, bans);
  }

  #candidates(
    results: Readonly<Record<string, HostTensor | EngineTensor>>,
    beams: number,
    bans: readonly (readonly number[])[],
  ): CandidatesOf {
    const { width, rules } = this.#step;
    const [scores, tokens, places] = [floatsOf(results.scores), idsOf(results.candidates), idsOf(results.places)];
    if (scores.some(Number.isNaN)) {
      throw new InputError(
        'generate: expected scores that are numbers, got NaN: the weights or what is fed are not finite',
      );
    }
    const count = results.scores.shape[1];
    // Where all is banned, scores that were normalised no longer tell.
    const isBanned = (row: number, token: number) => rules.bannedTokens.includes(token) || bans[row]?.includes(token);
    return (row) =>
      Array.from({ length: count }, (_, i): Candidate => {
        const at = row * count + i;
        return { beam: Math.floor(places[at] / width), token: tokens[at], score: scores[at] };
      })
        .filter(({ beam, token, score }) => score > banned / 2 && !isBanned(row * beams + beam, token))
        .sort((a, b) => b.score - a.score);
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
