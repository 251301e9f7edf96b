import type { EngineTensor, HostTensor } from '../../runtime/backend.ts';
import type { Sentence } from '../sentence.ts';
import { type Source, sourceFeeds } from '../source.ts';
import { keptSlotsName } from './compact.ts';
import { readFeeds } from './feeds.ts';
import { nextName } from './graph.ts';
import { int32, keptOf } from './host.ts';
import { feedsOf, type Programs } from './programs.ts';

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

  private constructor(programs: Programs, sentences: number, signal: AbortSignal) {
    this.#programs = programs;
    this.#signal = signal;
    for (const [name, [heads, width]] of Object.entries(programs.model.slots)) {
      const shape = [sentences, heads, 1, width];
      this.#empty.set(name, { type: 'float32', shape, data: new Float32Array(sentences * heads * width) });
    }
  }

  /** Encodes a batch. */
  static async encode(programs: Programs, sources: readonly Source[], signal: AbortSignal): Promise<Cache> {
    const cache = new Cache(programs, sources.length, signal);
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
   * Keeps some sentences and some of their slots.
   *
   * @param kept the rows of sentences and, for each, the slots to keep, the same number for all.
   */
  async compact(kept: readonly { readonly row: number; readonly slots: readonly number[] }[]): Promise<void> {
    if (!this.#programs.hasSharedState) return;
    const size = Math.max(...kept.map(({ slots }) => slots.length));
    const feeds: Record<string, HostTensor | EngineTensor> = {
      ...this.feeds(),
      kept_sentences: int32(
        [kept.length],
        kept.map(({ row }) => row),
      ),
    };
    for (const heads of new Set(Object.values(this.#programs.model.slots).map(([heads]) => heads))) {
      const rows = new Int32Array(kept.length * heads * size);
      kept.forEach(({ row, slots }, i) => {
        for (let head = 0; head < heads; head++) {
          const from = (row * heads + head) * this.#slots;
          const taken = slots.map((slot) => from + slot);
          rows.set(taken, (i * heads + head) * size);
        }
      });
      feeds[keptSlotsName(heads)] = int32([kept.length, heads, size], rows);
    }
    const results = await this.#programs.compact((program) =>
      program.run(feedsOf(program, feeds), { keep: program.outputs, signal: this.#signal }),
    );
    this.take(results, size);
  }

  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose();
    this.tensors.clear();
  }
}
