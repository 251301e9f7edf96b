import type { EngineTensor, HostTensor } from '../../runtime/backend.ts';
import type { Sentence } from '../sentence.ts';
import { type Source, sourceFeeds } from '../source.ts';
import { readFeeds } from './feeds.ts';
import { nextName } from './graph.ts';
import { float32, int32, keptOf } from './host.ts';
import { feedsOf, type Programs } from './programs.ts';
import { type Part, type PlacedEntry, partName, placesName } from './regroup.ts';

/**
 * The state of one batch, in the engine's memory. The first slot is a dummy that nothing sees, because no size may be
 * 0.
 */
export class Cache {
  readonly tensors = new Map<string, EngineTensor>();
  readonly #programs: Programs;
  readonly #signal: AbortSignal;
  readonly #empty = new Map<string, HostTensor>();
  #slots = 1;
  /** Tokens per source. */
  #source: number;
  #sentences: number;

  private constructor(programs: Programs, sources: readonly Source[], signal: AbortSignal) {
    const sentences = sources.length;
    this.#sentences = sentences;
    this.#source = Math.max(...sources.map(({ ids }) => ids.length));
    this.#programs = programs;
    this.#signal = signal;
    for (const [name, [heads, width]] of Object.entries(programs.model.slots)) {
      const shape = [sentences, heads, 1, width];
      this.#empty.set(name, { type: 'float32', shape, data: new Float32Array(sentences * heads * width) });
    }
  }

  /** Encodes a batch. */
  static async encode(programs: Programs, sources: readonly Source[], signal: AbortSignal): Promise<Cache> {
    const cache = new Cache(programs, sources, signal);
    if (Object.keys(programs.state).length === 0) return cache;
    const results = await programs.start((program) =>
      program.run(feedsOf(program, sourceFeeds(sources)), { keep: program.outputs, signal: cache.#signal }),
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

  /** Names of the outputs with which a step replaces the state. */
  keep(outputs: readonly string[]): string[] {
    return outputs.filter((name) => name.startsWith(nextName('')));
  }

  /** Takes over the state that a program returned. */
  take(results: Readonly<Record<string, HostTensor | EngineTensor>>, slots: number): void {
    for (const [output, result] of Object.entries(results)) {
      if (!output.startsWith(nextName(''))) continue;
      const name = output.slice(nextName('').length);
      this.tensors.get(name)?.dispose();
      this.tensors.set(name, keptOf(result));
      this.#empty.delete(name);
    }
    this.#slots = slots;
  }

  /**
   * Reads the first `count` tokens of every prompt in one run, if the state allows it and it saves time.
   *
   * @returns the number of tokens that were read.
   */
  async read(sentences: readonly Sentence[], count: number): Promise<number> {
    if (count < 2 || !this.#programs.readsAtOnce) return 0;
    const from = this.#slots;
    const feeds = { ...this.feeds(), ...readFeeds(sentences, count, from) };
    const results = await this.#programs.read((program) =>
      program.run(feedsOf(program, feeds), { keep: this.keep(program.outputs), signal: this.#signal }),
    );
    this.take(results, from + count);
    for (const { search } of sentences) for (let at = 0; at < count; at++) search.read(from + at);
    return count;
  }

  /**
   * Keeps some sentences and some of their slots, and adds some of another batch after them. Sources and slots are padded
   * to the longest.
   */
  async regroup(kept: readonly KeptSentence[], joined?: JoinedSentences): Promise<void> {
    const kind = joined ? 'join' : kept.length < this.#sentences ? 'compact' : 'trim';
    const placed = this.#programs.placed.filter((entry) => entry.kind === 'slots' || kind !== 'trim');
    const parts: readonly (JoinedSentences & { readonly part: Part })[] = [
      { part: 'kept', cache: this, kept },
      ...(joined ? [{ part: 'joined', ...joined } as const] : []),
    ];
    const all = parts.flatMap(({ kept }) => kept);
    const sizes = {
      slots: Math.max(1, ...all.map(({ slots }) => slots.length)),
      source: kind === 'join' ? Math.max(...all.map(({ source }) => source.ids.length)) : this.#source,
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
    this.take(results, sizes.slots);
    this.#source = sizes.source;
    this.#sentences = all.length;
  }

  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose();
    this.tensors.clear();
  }
}

/** A sentence that stays: its place in the cache, its source, and the slots to keep. */
export interface KeptSentence {
  readonly at: number;
  readonly source: Source;
  readonly slots: readonly number[];
}

/** Sentences of another batch. */
export interface JoinedSentences {
  readonly cache: Cache;
  readonly kept: readonly KeptSentence[];
}

/** The rows of a tensor with `past` places that become its rows with `size` places, int32 [kept, lead, size]. */
function keptPlaces(
  kept: readonly KeptSentence[],
  { kind, lead }: PlacedEntry,
  past: number,
  size: number,
): HostTensor {
  const rows = new Int32Array(kept.length * lead * size);
  kept.forEach(({ at, source, slots }, i) => {
    const count = kind === 'slots' ? slots.length : source.ids.length;
    for (let part = 0; part < lead; part++) {
      const [from, to] = [(at * lead + part) * past, (i * lead + part) * size];
      rows.fill(from, to, to + size);
      for (let place = 0; place < count; place++) rows[to + place]! += kind === 'slots' ? slots[place]! : place;
    }
  });
  return int32([kept.length, lead, size], rows);
}

/** The masks of sources, padded with zeros: [sentences, size]. */
function sourceMask(kept: readonly KeptSentence[], size: number): HostTensor {
  const mask = new Float32Array(kept.length * size);
  kept.forEach(({ source }, i) => {
    mask.set(source.mask, i * size);
  });
  return float32([kept.length, size], mask);
}
