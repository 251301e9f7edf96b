import { InputError } from '../io/error.ts';
import type { HostTensor } from '../runtime/backend.ts';
import { AttentionLog, type AttentionMap } from './attention-log.ts';
import { Cache } from './cache.ts';
import type { GenerationSettings } from './generation-settings.ts';
import { float32, floatsOf, idsOf, int32 } from './host.ts';
import type { Hypothesis } from './hypothesis.ts';
import { feedsOf, type Programs } from './programs.ts';
import { banned } from './scores.ts';
import { type Candidate, type Search, startSearch } from './search.ts';
import type { Source } from './source.ts';
import { attentionPrefix, type StepRules } from './step-graph.ts';
import { changingBans, hasChangingBans } from './token-ban.ts';

/** The hypotheses of one sentence, best first, and what each looked at when that was asked for. */
export interface BatchResult {
  readonly hypotheses: readonly Hypothesis[];
  readonly attentions?: readonly AttentionMap[];
}

/** A sentence under search. */
interface Sentence {
  readonly search: Search;
  /** Where it lies in the batch as given. */
  readonly at: number;
  /** Its row in the last step's tensors. */
  row: number;
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
  const cache = await Cache.encode(programs, sources);
  try {
    return await new BatchSearch(programs, settings, sources, showsAttention, cache).run();
  } finally {
    cache.dispose();
  }
}

class BatchSearch {
  readonly #programs: Programs;
  readonly #settings: GenerationSettings;
  readonly #rules: StepRules;
  readonly #cache: Cache;
  readonly #sources: readonly Source[];
  readonly #results: BatchResult[] = [];
  readonly #attention: AttentionLog | undefined;
  /** In the order of the cache's rows; finished ones stay until the cache is compacted. */
  #sentences: Sentence[];
  /** Beams of the last step. */
  #pastBeams = 1;
  /** Tokens that must not follow each path, row by row. */
  #bans: readonly (readonly number[])[] = [];

  constructor(
    programs: Programs,
    settings: GenerationSettings,
    sources: readonly Source[],
    showsAttention: boolean,
    cache: Cache,
  ) {
    this.#programs = programs;
    this.#settings = settings;
    this.#sources = sources;
    this.#cache = cache;
    this.#rules = rulesOf(settings, showsAttention);
    this.#attention = showsAttention ? new AttentionLog() : undefined;
    this.#sentences = sources.map((_, at) => ({ at, row: at, search: startSearch(settings) }));
  }

  async run(): Promise<BatchResult[]> {
    const { maxLength } = this.#settings;
    for (let position = 0; this.#sentences.length > 0; position++) {
      await this.#advance(position);
      if (position + 2 >= maxLength) this.#finish(this.#sentences);
      await this.#compact();
    }
    return this.#results;
  }

  /** One token more for every sentence. */
  async #advance(position: number): Promise<void> {
    const { maxLength, forcedFirst, forcedLast } = this.#settings;
    const isLast = position + 2 === maxLength;
    const forced = (isLast ? forcedLast : undefined) ?? (position === 0 ? forcedFirst : undefined);
    const slots = this.#cache.slots;
    // The last token is known: only what it looked at is worth a step.
    const step = isLast && forced !== undefined && !this.#attention ? undefined : await this.#step(position);
    for (const [row, { search }] of this.#sentences.entries()) {
      if (search.paths.length === 0) continue;
      const candidates =
        forced === undefined
          ? step!(row)
          : search.paths.map(({ score }, beam): Candidate => ({ beam, score, token: forced }));
      search.advance(candidates, (beam) => slots + beam);
    }
    this.#finish(this.#sentences.filter(({ search }) => search.paths.length === 0));
  }

  /** Runs one step; gives a row's candidates. */
  async #step(position: number): Promise<(row: number) => Candidate[]> {
    const { program, width } = await this.#programs.step(this.#rules);
    const beams = Math.max(...this.#sentences.map(({ search }) => search.paths.length));
    const feeds = { ...this.#cache.feeds(), ...this.#feeds(position, beams) };
    const results = await program.run(feedsOf(program, feeds), { keep: this.#cache.keep(program.outputs) });
    this.#cache.take(results, this.#cache.slots + beams);
    this.#pastBeams = beams;
    this.#sentences.forEach((sentence, row) => {
      sentence.row = row;
    });
    if (this.#attention) {
      const layers = program.outputs.filter((name) => name.startsWith(attentionPrefix)).map((name) => results[name]);
      this.#attention.record(
        layers.map((layer) => ({ shape: layer.shape, data: floatsOf(layer) })),
        this.#sentences.map(({ at }) => at),
      );
    }
    const [scores, tokens, places] = [floatsOf(results.scores), idsOf(results.candidates), idsOf(results.places)];
    const count = results.scores.shape[1];
    return (row) => {
      const found: Candidate[] = [];
      for (let i = row * count; i < (row + 1) * count; i++) {
        if (Number.isNaN(scores[i]))
          throw new Error(`generate: the model's scores are not numbers, at step ${position}`);
        const [beam, token] = [Math.floor(places[i] / width), tokens[i]];
        if (scores[i] < banned / 2 || this.#isBanned(row * beams + beam, token)) continue;
        found.push({ beam, token, score: scores[i] });
      }
      return found.sort((a, b) => b.score - a.score);
    };
  }

  /** Where all is banned, normalised scores are not banned ones any more. */
  #isBanned(row: number, token: number): boolean {
    return this.#settings.bannedTokens.includes(token) || (this.#bans[row]?.includes(token) ?? false);
  }

  #feeds(position: number, beams: number): Record<string, HostTensor> {
    const rows = this.#sentences.length * beams;
    const grid = [this.#sentences.length, beams];
    const total = this.#cache.slots + beams;
    const tokens = new Int32Array(rows);
    const parents = new Int32Array(rows);
    const scores = new Float32Array(rows).fill(Number.NEGATIVE_INFINITY);
    const visible = new Float32Array(rows * total);
    this.#sentences.forEach(({ search, row }, i) => {
      for (let beam = 0; beam < beams; beam++) {
        const at = i * beams + beam;
        const path = search.paths[beam];
        visible[at * total + this.#cache.slots + beam] = 1;
        parents[at] = row * this.#pastBeams + (path?.beams.at(-1) ?? 0);
        if (!path) continue;
        tokens[at] = path.tokens[path.tokens.length - 1];
        scores[at] = path.score;
        for (const slot of path.slots) visible[at * total + slot] = 1;
      }
    });
    return {
      tokens: int32(grid, tokens),
      position: int32([1], [position]),
      parents: int32(grid, parents),
      path_scores: float32(grid, scores),
      visible: float32([grid[0], 1, beams, total], visible),
      ...this.#ruleFeeds(position, beams),
    };
  }

  /** What the rules of this search read of each path's tokens. */
  #ruleFeeds(position: number, beams: number): Record<string, HostTensor> {
    const paths = this.#sentences.flatMap(({ search }) => Array.from({ length: beams }, (_, i) => search.paths[i]));
    const shape = (size: number) => [this.#sentences.length, beams, size];
    const feeds: Record<string, HostTensor> = {};
    if (this.#rules.repetitionPenalty !== 1) {
      const length = position + 1;
      const [history, isFirst] = [new Int32Array(paths.length * length), new Float32Array(paths.length * length)];
      paths.forEach((path, row) => {
        path?.tokens.forEach((token, i) => {
          history[row * length + i] = token;
          isFirst[row * length + i] = Number(path.tokens.indexOf(token) === i);
        });
      });
      feeds.history = int32(shape(length), history);
      feeds.is_first = float32(shape(length), isFirst);
    }
    if (this.#rules.hasChangingBans) {
      const bans = paths.map((path) => (path ? changingBans(this.#settings, path.tokens) : []));
      this.#bans = bans;
      const most = Math.max(1, ...bans.map(({ length }) => length));
      const [ids, scores] = [new Int32Array(paths.length * most), new Float32Array(paths.length * most)];
      bans.forEach((tokens, row) => {
        ids.set(tokens, row * most);
        scores.fill(banned, row * most, row * most + tokens.length);
      });
      feeds.bans = int32(shape(most), ids);
      feeds.ban_scores = float32(shape(most), scores);
    }
    return feeds;
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
    const open = this.#sentences.filter(({ search }) => search.paths.length > 0);
    if (open.length === 0) {
      this.#sentences = [];
      return;
    }
    const manyFinished = open.length <= this.#sentences.length * (1 - finishedShare);
    const { slots } = this.#cache;
    if (!manyFinished && slots < 4 * this.#pastBeams) return;
    const live = open.map(({ search }) => [...new Set(search.paths.flatMap((path) => path.slots))]);
    const most = Math.max(1, ...live.map(({ length }) => length));
    if (!manyFinished && slots < slotSurplus * most) return;
    const rowOf = new Map(this.#sentences.map((sentence, row) => [sentence, row]));
    await this.#cache.compact(
      open.map((sentence, i) => ({
        row: rowOf.get(sentence)!,
        slots: [...live[i], ...new Array<number>(most - live[i].length).fill(0)],
      })),
    );
    open.forEach(({ search }, i) => {
      const to = new Map(live[i].map((slot, place) => [slot, place]));
      search.moveSlots((slot) => to.get(slot)!);
    });
    this.#sentences = open;
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
