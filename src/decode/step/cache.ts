import type { EngineTensor, HostTensor, RunOptions } from '../../runtime/backend.ts';
import type { Sentence } from '../sentence.ts';
import { keyBlock, type Source, sourceFeeds, sourceWidth } from '../source.ts';
import { readFeeds } from './feeds.ts';
import { nextName } from './graph.ts';
import { float32, int32, keptOf } from './host.ts';
import { feedsOf, type Programs } from './programs.ts';
import { type Part, type PlacedEntry, partName, placesName } from './regroup.ts';
import { type StepSizes, slotRowFeeds, type TakenSlots, type UsedSlots } from './slots.ts';

/** Spare slots: more are read by attention in every step, fewer are copied in more steps. */
const [leastSpare, spareShare] = [8, 1 / 8];

/** The most tokens of prompts that are read in one run, so that what a run needs does not grow with the prompts. */
const tokensRead = 4096;
/** The fewest tokens of a prompt that are read in one run: an engine may add up a single one in another order. */
const leastRead = 2;

/** Slots for so many tokens and for those of the next steps, because all are copied when there are too few. */
function roomFor(tokens: number): number {
  const spare = Math.max(leastSpare, tokens * spareShare);
  return keyBlock * Math.ceil((tokens + spare) / keyBlock);
}

/** The state of one batch, in the engine's memory. */
export class Cache {
  readonly tensors = new Map<string, EngineTensor>();
  readonly #programs: Programs;
  readonly #signal: AbortSignal;
  readonly #empty = new Map<string, HostTensor>();
  readonly #paths: number;
  #slots: number;
  /** Tokens per source. */
  #source: number;
  #sentences: number;

  private constructor(programs: Programs, sources: readonly Source[], { prompt, paths, signal }: CacheOptions) {
    const sentences = sources.length;
    this.#paths = paths;
    this.#slots = roomFor(prompt + paths);
    this.#sentences = sentences;
    this.#source = sourceWidth(sources, programs.model);
    this.#programs = programs;
    this.#signal = signal;
    const shapes = Object.entries(programs.model.slots).map(([name, [heads, width]]) => {
      return { name, shape: [sentences * heads * this.#slots, width], size: sentences * heads * this.#slots * width };
    });
    // One memory for all: they are only read.
    const zeros = new Float32Array(Math.max(0, ...shapes.map(({ size }) => size)));
    for (const { name, shape, size } of shapes) {
      this.#empty.set(name, { type: 'float32', shape, data: zeros.subarray(0, size) });
    }
  }

  /** Encodes a batch. */
  static async encode(programs: Programs, sources: readonly Source[], options: CacheOptions): Promise<Cache> {
    const cache = new Cache(programs, sources, options);
    if (Object.keys(programs.state).length === 0) return cache;
    const results = await programs.start((program) =>
      program.run(feedsOf(program, sourceFeeds(sources, programs.model)), {
        keep: program.outputs,
        signal: cache.#signal,
      }),
    );
    for (const [name, result] of Object.entries(results)) cache.tensors.set(name, keptOf(result));
    return cache;
  }

  /** Slots per sentence. */
  get slots(): number {
    return this.#slots;
  }

  /** The inputs of a step. */
  feeds(): Record<string, HostTensor | EngineTensor> {
    return { ...Object.fromEntries(this.#empty), ...Object.fromEntries(this.tensors) };
  }

  /** How a step replaces the state: slots are written in place. */
  replacement(outputs: readonly string[]): Pick<RunOptions, 'keep' | 'overwrite'> {
    const slots = Object.keys(this.#programs.model.slots);
    return {
      keep: outputs.filter((name) => name.startsWith(nextName(''))),
      overwrite: Object.fromEntries(slots.map((name) => [nextName(name), name])),
    };
  }

  /** Takes over the state that a program returned. */
  take(results: Readonly<Record<string, HostTensor | EngineTensor>>): void {
    for (const [output, result] of Object.entries(results)) {
      if (!output.startsWith(nextName(''))) continue;
      const name = output.slice(nextName('').length);
      this.tensors.get(name)?.dispose();
      this.tensors.set(name, keptOf(result));
      this.#empty.delete(name);
    }
  }

  /** Reads all tokens of every prompt but the last, in few runs, before any other, if the state allows it. */
  async read(sentences: readonly Sentence[]): Promise<void> {
    if (!this.#programs.readsAtOnce) return;
    const longest = Math.max(...sentences.map(({ settings }) => settings.promptLength - 1));
    const most = Math.max(leastRead, Math.floor(tokensRead / sentences.length));
    for (let first = 0; first < longest; first += most) {
      const beams = Math.max(leastRead, Math.min(most, longest - first));
      const sizes: StepSizes = { beams, slots: this.#slots };
      const taken = Int32Array.from({ length: sentences.length * beams }, (_, at) => first + (at % beams));
      const feeds = { ...this.feeds(), ...readFeeds(sentences, sizes, first), ...this.slotRows(taken, sizes) };
      const results = await this.#programs.read((program) =>
        program.run(feedsOf(program, feeds), { ...this.replacement(program.outputs), signal: this.#signal }),
      );
      this.take(results);
    }
    for (const { search, settings } of sentences) {
      search.read(Int32Array.from({ length: settings.promptLength - 1 }, (_, slot) => slot));
    }
  }

  /** Where a step writes what it adds to the slots. */
  slotRows(taken: TakenSlots, sizes: StepSizes): Record<string, HostTensor> {
    return slotRowFeeds(taken, sizes, new Set(Object.values(this.#programs.model.slots).map(([heads]) => heads)));
  }

  /**
   * Keeps some sentences with the first of their slots, and adds some of another batch after them. Sources are padded to the
   * longest; there is room for the next tokens of all sentences.
   */
  async regroup(kept: readonly KeptSentence[], joined?: JoinedSentences): Promise<void> {
    const kind = joined ? 'join' : kept.length < this.#sentences ? 'compact' : 'resize';
    const placed = this.#programs.placed.filter((entry) => entry.kind === 'slots' || kind !== 'resize');
    const parts: readonly (JoinedSentences & { readonly part: Part })[] = [
      { part: 'kept', cache: this, kept },
      ...(joined ? [{ part: 'joined', ...joined } as const] : []),
    ];
    const all = parts.flatMap(({ kept }) => kept);
    const sources = all.map(({ source }) => source);
    const sizes = {
      slots: roomFor(Math.max(...all.map(({ slots, seen }) => Math.max(slots, seen + this.#paths)))),
      source: kind === 'join' ? sourceWidth(sources, this.#programs.model) : this.#source,
    };
    const feeds: Record<string, HostTensor | EngineTensor> = {
      source_mask: sourceMask(all, sizes.source),
    };
    for (const { part, cache, kept } of parts) {
      for (const [name, tensor] of Object.entries(cache.feeds())) feeds[partName(part, name)] = tensor;
      feeds[`${part}_sentences`] = int32(
        [kept.length],
        kept.map(({ at }) => at),
      );
      for (const entry of placed) {
        if (entry.axis < 0 || (entry.kind === 'source' && kind === 'compact')) continue;
        const past = entry.kind === 'slots' ? cache.#slots : cache.#source;
        feeds[placesName(part, entry)] ??= keptPlaces(kept, entry, past, sizes[entry.kind]);
      }
    }
    const isChanged = placed.length > 0 || kind === 'join';
    const results = isChanged
      ? await this.#programs.regroup(kind, (program) =>
          program.run(feedsOf(program, feeds), { keep: program.outputs, signal: this.#signal }),
        )
      : {};
    this.take(results);
    this.#slots = sizes.slots;
    this.#source = sizes.source;
    this.#sentences = all.length;
  }

  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose();
    this.tensors.clear();
  }
}

/** What a cache must hold. */
export interface CacheOptions {
  /** The number of tokens that are read before the first step. */
  readonly prompt: number;
  /** The most paths of a sentence. */
  readonly paths: number;
  readonly signal: AbortSignal;
}

/** A sentence that stays: its place in the cache, its source, and the slots to keep. */
export interface KeptSentence extends UsedSlots {
  readonly at: number;
  readonly source: Source;
}

/** Sentences of another batch. */
export interface JoinedSentences {
  readonly cache: Cache;
  readonly kept: readonly KeptSentence[];
}

/**
 * The rows of a tensor with `past` places that become its rows with `size` places: int32 [kept·lead·size] for slots,
 * [kept, lead, size] for sources.
 */
function keptPlaces(
  kept: readonly KeptSentence[],
  { kind, lead }: PlacedEntry,
  past: number,
  size: number,
): HostTensor {
  const rows = new Int32Array(kept.length * lead * size);
  kept.forEach(({ at, source, slots }, i) => {
    const count = kind === 'slots' ? slots : source.ids.length;
    for (let part = 0; part < lead; part++) {
      const [from, to] = [(at * lead + part) * past, (i * lead + part) * size];
      rows.fill(from, to, to + size);
      for (let place = 0; place < count; place++) rows[to + place]! += place;
    }
  });
  return int32(kind === 'slots' ? [rows.length] : [kept.length, lead, size], rows);
}

/** The masks of sources, padded with zeros: [sentences, size]. */
function sourceMask(kept: readonly KeptSentence[], size: number): HostTensor {
  const mask = new Float32Array(kept.length * size);
  kept.forEach(({ source }, i) => {
    mask.set(source.mask, i * size);
  });
  return float32([kept.length, size], mask);
}
