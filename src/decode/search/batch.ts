import { InputError } from '../../io/error.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import type { EngineTensor, HostTensor } from '../../runtime/backend.ts';
import { AttentionLog } from '../attention-log.ts';
import type { Call } from '../call.ts';
import type { Sentence } from '../sentence.ts';
import type { GenerationSettings } from '../settings/generation-settings.ts';
import { Cache } from '../step/cache.ts';
import { bansOf, changeFeeds, type StepSizes, stepFeeds } from '../step/feeds.ts';
import { attentionPrefix } from '../step/graph.ts';
import { floatsOf, resultOf } from '../step/host.ts';
import { feedsOf, type Programs, type StepProgram } from '../step/programs.ts';
import { type CandidatesOf, candidatesOf } from './candidate-choice.ts';
import type { SearchRequest, SearchResult } from './request.ts';
import { startSearch } from './start.ts';
import { changingBans } from './token-ban.ts';

/** The share of finished sentences at which the rest are compacted. */
const finishedShare = 1 / 8;
/** Slots per live slot at which dead ones are dropped. */
const slotSurplus = 2;

/** The most paths followed at once; more are searched one after another. */
const mostPaths = 1024;

/**
 * Searches for the hypotheses of sentences with one key, and delivers each to its call when it is found.
 *
 * @param signal aborted when no result is wanted any more.
 */
export async function searchBatch(
  programs: Programs,
  requests: readonly SearchRequest[],
  signal: AbortSignal,
): Promise<void> {
  const { paths, rules } = firstOf(requests, 'a request');
  const size = Math.max(1, Math.floor(mostPaths / paths));
  await programs.step(rules, async (step) => {
    for (let from = 0; from < requests.length; from += size) {
      for (const { call } of requests.slice(0, from)) call.settle();
      await searchAtOnce(programs, step, requests.slice(from, from + size), signal);
    }
  });
}

async function searchAtOnce(
  programs: Programs,
  step: StepProgram,
  requests: readonly SearchRequest[],
  signal: AbortSignal,
): Promise<void> {
  const sources = requests.map(({ source }) => source);
  const cache = await Cache.encode(programs, sources, signal);
  try {
    await new BatchSearch(requests, cache, step, signal).run();
  } finally {
    cache.dispose();
  }
}

class BatchSearch {
  readonly #attention: AttentionLog | undefined;
  readonly #cache: Cache;
  readonly #step: StepProgram;
  readonly #signal: AbortSignal;
  /** In the order of the cache's rows; finished sentences stay until the cache is compacted. */
  #sentences: Sentence[];
  #pastBeams = 1;
  readonly #delivered: Call<SearchResult>[] = [];

  constructor(requests: readonly SearchRequest[], cache: Cache, step: StepProgram, signal: AbortSignal) {
    this.#attention = step.rules.showsAttention ? new AttentionLog() : undefined;
    this.#cache = cache;
    this.#step = step;
    this.#signal = signal;
    this.#sentences = requests.map((request, at) => ({ ...request, at, row: at, search: startSearch(request) }));
  }

  async run(): Promise<void> {
    const shortest = Math.min(...this.#sentences.map(({ settings }) => settings.promptLength));
    for (let position = await this.#cache.read(this.#sentences, shortest - 1); this.#sentences.length > 0; position++) {
      this.#signal.throwIfAborted();
      await this.#advance(position);
      this.#finish(this.#sentences.filter(({ settings }) => position + 2 >= settings.maxLength));
      await this.#compact();
      if (this.#sentences.length > 0) for (const call of this.#delivered.splice(0)) call.settle();
    }
  }

  /** Advances every sentence by one token. */
  async #advance(position: number): Promise<void> {
    for (const { call, search } of this.#sentences) if (call.signal.aborted) search.abandon();
    const { slots } = this.#cache;
    const open = [...this.#sentences.entries()].filter(([, { search }]) => search.paths.length > 0);
    if (open.length === 0) return;
    // For known last tokens a step is needed only for their attention.
    const isSkipped =
      !this.#attention &&
      open.every(([, { settings }]) => isLast(settings, position) && forcedAt(settings, position) !== undefined);
    const found = isSkipped ? undefined : await this.#run(position);
    for (const [row, { call, search, settings }] of open) {
      if (position + 1 < settings.promptLength) {
        search.read(slots);
        continue;
      }
      call.attempt(() => {
        const forced = forcedAt(settings, position);
        const candidates =
          forced === undefined && found
            ? found(row)
            : search.draws.map((at) => ({
                ...at,
                score: itemAt(search.paths, at.beam, 'a beam').score,
                token: forced!,
              }));
        search.advance(candidates, (beam) => slots + beam);
      });
    }
    this.#finish(this.#sentences.filter(({ search }) => search.paths.length === 0));
  }

  /** Runs one step; returns the candidates of a row. */
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
    const results = await program.run(feedsOf(program, feeds), {
      keep: this.#cache.keep(program.outputs),
      signal: this.#signal,
    });
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
      layers.map((name) => {
        const weights = resultOf(results, name);
        return { shape: weights.shape, data: floatsOf(weights) };
      }),
      this.#sentences.map(({ at }) => at),
    );
  }

  #finish(sentences: readonly Sentence[]): void {
    for (const { at, call, search, source } of sentences) {
      const hypotheses = search.finish();
      if (!hypotheses || call.signal.aborted) continue;
      if (hypotheses.length === 0) {
        call.fail(new InputError('generate: every token is banned, nothing can be generated'));
        continue;
      }
      const length = source.ids.length;
      const attentions = this.#attention && hypotheses.map(({ beams }) => this.#attention!.follow(at, beams, length));
      call.deliver(source.place, { hypotheses, attentions });
      this.#delivered.push(call);
    }
  }

  /** Drops finished sentences and slots that no path sees, once there are enough of them. */
  async #compact(): Promise<void> {
    const open = [...this.#sentences.entries()].filter(([, { search }]) => search.paths.length > 0);
    if (open.length === 0) {
      this.#sentences = [];
      return;
    }
    const manyFinished = open.length <= this.#sentences.length * (1 - finishedShare);
    const { slots } = this.#cache;
    if (!manyFinished && slots < 2 * slotSurplus * this.#pastBeams) return;
    const live = open.map(([row, sentence]) => {
      return { row, sentence, slots: [...new Set(sentence.search.paths.flatMap((path) => path.slots))] };
    });
    const most = Math.max(1, ...live.map(({ slots }) => slots.length));
    if (!manyFinished && slots < slotSurplus * most) return;
    await this.#cache.compact(
      live.map(({ row, slots }) => ({ row, slots: [...slots, ...new Array<number>(most - slots.length).fill(0)] })),
    );
    for (const { sentence, slots } of live) {
      const places = new Map(slots.map((slot, place) => [slot, place]));
      sentence.search.moveSlots((slot) => places.get(slot)!);
    }
    this.#sentences = live.map(({ sentence }) => sentence);
  }
}

const isLast = ({ maxLength }: GenerationSettings, position: number): boolean => position + 2 === maxLength;

/** The token that must follow the one at `position`, if any. */
function forcedAt(settings: GenerationSettings, position: number): number | undefined {
  const { forcedFirst, forcedLast } = settings;
  return (isLast(settings, position) ? forcedLast : undefined) ?? (position === 0 ? forcedFirst : undefined);
}
