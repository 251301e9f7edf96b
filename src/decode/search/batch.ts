import { InputError } from '../../io/error.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import type { EngineTensor, HostTensor } from '../../runtime/backend.ts';
import { AttentionLog } from '../attention-log.ts';
import type { Call } from '../call.ts';
import type { Candidate } from '../path.ts';
import type { Search, Sentence } from '../sentence.ts';
import { Cache, type KeptSentence } from '../step/cache.ts';
import { bansOf, changeFeeds, stepFeeds } from '../step/feeds.ts';
import { attentionPrefix } from '../step/graph.ts';
import { floatsOf, resultOf } from '../step/host.ts';
import { isWorthParts, partFeeds } from '../step/output-parts.ts';
import { feedsOf, type Programs, type StepProgram } from '../step/programs.ts';
import { freeSlots, type StepSizes, type TakenSlots, usedSlots } from '../step/slots.ts';
import { Zeros } from '../step/zeros.ts';
import { type CandidatesOf, candidatesOf } from './candidate-choice.ts';
import type { SearchRequest, SearchResult } from './request.ts';
import { startSearch } from './start.ts';
import { changingBans } from './token-ban.ts';

/** The share of finished sentences at which the rest are compacted. */
const finishedShare = 1 / 8;

/** How a batch is run. */
interface BatchContext {
  readonly programs: Programs;
  readonly step: StepProgram;
  /** The step for large batches whose sentences have as many beams as it is made for, if that is another. */
  readonly stepInParts?: StepProgram | undefined;
  /** Aborted when no result is wanted any more. */
  readonly signal: AbortSignal;
}

/** A sentence that stays in its batch. */
interface Kept extends KeptSentence {
  readonly sentence: Sentence;
}

/** Sentences that are searched together, each at its own position. Must be disposed of. */
export class BatchSearch {
  readonly #cache: Cache;
  readonly #context: BatchContext;
  /** In the order of the cache's rows; finished sentences stay until the cache is regrouped. */
  #sentences: Sentence[];
  /** Rows of the state: the beams of all sentences. */
  #rows: number;
  readonly #zeros = new Zeros();
  #delivered: Call<SearchResult>[] = [];

  private constructor(requests: readonly SearchRequest[], cache: Cache, context: BatchContext) {
    this.#cache = cache;
    this.#context = context;
    this.#rows = requests.length;
    const { showsAttention } = context.step.rules;
    this.#sentences = requests.map((request, row) => ({
      ...request,
      ...(showsAttention && { attention: new AttentionLog() }),
      row,
      search: startSearch(request),
    }));
  }

  /** Encodes the sources of sentences and reads their prompts, if the state allows it. */
  static async start(requests: readonly SearchRequest[], context: BatchContext): Promise<BatchSearch> {
    const { programs, signal } = context;
    const sources = requests.map(({ source }) => source);
    const prompt = Math.max(...requests.map(({ settings }) => settings.promptLength)) - 1;
    const { paths } = firstOf(requests, 'a request');
    const batch = new BatchSearch(requests, await Cache.encode(programs, sources, { prompt, paths, signal }), context);
    try {
      await batch.#cache.read(batch.#sentences);
      return batch;
    } catch (error) {
      batch.dispose();
      throw error;
    }
  }

  /** The number of sentences that are still searched. */
  get open(): number {
    return this.#sentences.filter(isOpen).length;
  }

  dispose(): void {
    this.#cache.dispose();
  }

  /** Resolves the calls that have all results, if this batch continues for others. */
  settle(): void {
    for (const call of this.#delivered.splice(0)) call.settle();
  }

  /** Advances every sentence by one token. */
  async advance(): Promise<void> {
    this.#context.signal.throwIfAborted();
    for (const { call, search } of this.#sentences) if (call.signal.aborted) search.abandon();
    const sentences = this.#sentences;
    const open = sentences.filter(isOpen);
    if (open.length === 0) return;
    // For known last tokens a step is needed only for their attention.
    const isSkipped =
      !this.#context.step.rules.showsAttention &&
      open.every((sentence) => isLast(sentence) && forcedToken(sentence) !== undefined);
    const found = isSkipped ? undefined : await this.#run();
    for (let row = 0; row < sentences.length; row++) advanceOne(sentences[row]!, row, found);
    this.#finish(this.#sentences.filter(({ search, settings }) => search.position + 1 >= settings.maxLength));
    this.#finish(this.#sentences.filter((sentence) => !isOpen(sentence)));
  }

  /** Drops finished sentences, once there are enough of them. */
  async compact(): Promise<void> {
    if (this.open <= this.#sentences.length * (1 - finishedShare)) await this.#regroup(isOpen);
  }

  async #regroup(stays: (sentence: Sentence) => boolean): Promise<void> {
    const kept = this.#kept(stays);
    await this.#cache.regroup(kept);
    this.#sentences = kept.map(({ sentence }) => sentence);
  }

  /** Takes over the open sentences of another batch, and what it has delivered. Both must have some. */
  async join(other: BatchSearch): Promise<void> {
    const [kept, joined] = [this.#kept(), other.#kept()];
    await this.#cache.regroup(kept, { cache: other.#cache, kept: joined });
    for (const { sentence } of joined) sentence.row += this.#rows;
    this.#rows += other.#rows;
    this.#delivered.push(...other.#delivered);
    this.#sentences = [...kept, ...joined].map(({ sentence }) => sentence);
  }

  /** Sentences, with what the cache holds of them. */
  #kept(stays = isOpen): Kept[] {
    const used = usedSlots(this.#sentences, this.#cache.slots);
    return this.#sentences.flatMap((sentence, at) =>
      stays(sentence) ? [{ at, sentence, source: sentence.source, ...itemAt(used, at, 'the slots') }] : [],
    );
  }

  /** Runs one step. */
  async #run(): Promise<StepResult> {
    const { signal } = this.#context;
    const beams = Math.max(...this.#sentences.map(rowsOf));
    const taken = await this.#takenSlots(beams);
    const sentences = this.#sentences;
    const step = this.#stepFor(sentences.length, beams);
    const { parts } = step.rules;
    const sizes: StepSizes = { beams, slots: this.#cache.slots };
    const bans = bansOf(sentences, sizes, changingBans);
    const feeds = {
      ...this.#cache.feeds(),
      ...this.#cache.slotRows(taken, sizes),
      ...stepFeeds(sentences, sizes, taken, this.#zeros),
      ...(step.rules.changes && changeFeeds(sentences, sizes, bans)),
      ...(parts && partFeeds(parts, sentences.length)),
    };
    const { program } = step;
    const replacement = this.#cache.replacement(program.outputs);
    const results = await program.run(feedsOf(program, feeds), { ...replacement, signal });
    this.#cache.take(results);
    this.#rows = sentences.length * beams;
    sentences.forEach((sentence, at) => {
      sentence.row = at * beams;
    });
    this.#logAttention(results);
    return {
      candidates: candidatesOf({ step, results, sentences, beams, bans }),
      slots: (row) => taken.subarray(row * beams, (row + 1) * beams),
    };
  }

  #stepFor(sentences: number, beams: number): StepProgram {
    const { step, stepInParts } = this.#context;
    const parts = stepInParts?.rules.parts;
    return parts?.beams === beams && isWorthParts(parts, sentences) ? stepInParts! : step;
  }

  /** Free slots for the next tokens, after making room if a sentence has too few. */
  async #takenSlots(beams: number): Promise<TakenSlots> {
    const free = () => freeSlots(this.#sentences, { beams, slots: this.#cache.slots });
    const found = free();
    if (found) return found;
    await this.#regroup(() => true);
    const taken = free();
    if (!taken) throw new Error(`expected ${beams} free slots of ${this.#cache.slots}`);
    return taken;
  }

  #logAttention(results: Readonly<Record<string, HostTensor | EngineTensor>>): void {
    const { program, rules } = this.#context.step;
    if (!rules.showsAttention) return;
    const layers = program.outputs
      .filter((name) => name.startsWith(attentionPrefix))
      .map((name) => {
        const weights = resultOf(results, name);
        return { shape: weights.shape, data: floatsOf(weights) };
      });
    for (const [row, { attention }] of this.#sentences.entries()) attention?.record(layers, row);
  }

  #finish(sentences: readonly Sentence[]): void {
    for (const { attention, call, search, source } of sentences) {
      const hypotheses = search.finish();
      if (!hypotheses || call.signal.aborted) continue;
      if (hypotheses.length === 0) {
        call.fail(new InputError('generate: every token is banned, nothing can be generated'));
        continue;
      }
      const attentions = attention && hypotheses.map(({ beams }) => attention.follow(beams, source.ids.length));
      call.deliver(source.place, { hypotheses, attentions });
      this.#delivered.push(call);
    }
  }
}

/** What a step returns for each sentence, by its row. */
interface StepResult {
  readonly candidates: CandidatesOf;
  /** Where the cache holds the tokens of its beams. */
  slots(row: number): Int32Array;
}

const nowhere = new Int32Array();

/** Advances the sentence in a row of the last step. @param step absent if the next token ends it whatever came out. */
function advanceOne(sentence: Sentence, row: number, step: StepResult | undefined): void {
  const { call, search, settings } = sentence;
  if (!isOpen(sentence)) return;
  const slots = step?.slots(row) ?? nowhere;
  if (search.position + 1 < settings.promptLength) {
    search.read([slots[0] ?? -1]);
    return;
  }
  try {
    const forced = forcedToken(sentence);
    const candidates = forced === undefined && step ? step.candidates(row) : forcedCandidates(search, forced!);
    search.advance(candidates, slots);
  } catch (error) {
    call.fail(error);
  }
}

/**
 * The rows that a sentence needs in a step: those of its paths, and two if it started with one of several and has one left. An
 * engine may add up a single row in another order, so that the result would depend on how many the other sentences have.
 */
function rowsOf({ search, settings, paths }: Sentence): number {
  const isStarting = search.position < settings.promptLength;
  return Math.max(search.paths.length, isStarting ? 1 : Math.min(2, paths));
}

const isOpen = ({ search }: Sentence): boolean => search.paths.length > 0;

/** Whether the next token is the last one that fits. */
const isLast = ({ search, settings }: Sentence): boolean => search.position + 2 === settings.maxLength;

/** The token that must come next, if any. */
function forcedToken(sentence: Sentence): number | undefined {
  const { forcedFirst, forcedLast } = sentence.settings;
  return (isLast(sentence) ? forcedLast : undefined) ?? (sentence.search.position === 0 ? forcedFirst : undefined);
}

/** The same token after every path. */
const forcedCandidates = ({ draws, paths }: Search, token: number): Candidate[] =>
  draws.map((at) => ({ ...at, score: itemAt(paths, at.beam, 'a beam').score, token }));
