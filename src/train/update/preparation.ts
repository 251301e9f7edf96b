import type { DataPosition } from '../../data/batch/index-stream.ts';
import { randomStream } from '../../data/batch/shuffle.ts';
import { bindShapes, concreteShape, type Tensor } from '../../graph/index.ts';
import type { Drawn } from '../../nn/index.ts';
import type { Feeds, HostTensor } from '../../runtime/backend.ts';
import type { RandomBytes } from '../random/random-bytes.ts';
import { type Counts, lossScales, lossTerms, totalCounts } from './loss-count.ts';
import type { BatchSource, MicroBatch } from './micro-batch.ts';

/** The micro-batches of one update, complete with scales and random bytes. */
export interface PreparedUpdate {
  /** The parts of each, one per shard; if a batch has too few rows, the last shards get none. */
  readonly batches: readonly (readonly Feeds[])[];
  /**
   * What counts, by the loss's terms. If nothing does, loss and gradients are 0, and the optimizer only applies its
   * decay.
   */
  readonly counts: Counts;
  /** Tokens that the model reads, without padding. */
  readonly tokens: number;
  /** The position of the data after this update. */
  readonly position: DataPosition;
  /** Passes over the data after this update, fractions included. */
  readonly epoch: number;
}

/** What the micro-batches are prepared from. */
export interface PreparationParts {
  readonly source: BatchSource;
  readonly randomBytes: RandomBytes;
  readonly accumulationSteps: number;
  /** The most parts of a batch. */
  readonly shards: number;
  /** Inputs of the loss. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** The inputs that take random bytes. */
  readonly randoms: ReadonlyMap<string, Tensor>;
  /** The inputs whose numbers are drawn. */
  readonly draws?: ReadonlyMap<string, Drawn>;
}

/** Bytes that a drawn input's stream starts from. */
const seedBytes = 16;

/**
 * Prepares the inputs of updates.
 *
 * As in Transformers, an update's batches come from one epoch: the last update of an epoch may have fewer.
 */
export class Preparation {
  readonly #parts: PreparationParts;
  readonly #terms: readonly string[];
  readonly #buffers = new Map<string, Uint8Array>();

  constructor(parts: PreparationParts) {
    this.#parts = parts;
    this.#terms = lossTerms(parts.inputs.keys());
  }

  /**
   * Prepares update number `update` (from 1); its data stay valid until the next but one is prepared.
   *
   * @throws {RangeError} when a batch does not count the loss's terms.
   */
  async make(update: number): Promise<PreparedUpdate> {
    const { micro, ...taken } = this.#take();
    const scales = lossScales(taken.counts);
    const batches: Feeds[][] = [];
    let index = 0;
    for (const parts of micro) {
      const feeds: Feeds[] = [];
      for (const part of parts)
        feeds.push({ ...part.feeds, ...(await this.#random(part, update, index++)), ...scales });
      batches.push(feeds);
    }
    return { batches, ...taken };
  }

  #take() {
    const { source, accumulationSteps, shards } = this.#parts;
    const { epoch } = source.position;
    const { batchesInEpoch } = source;
    const micro: (readonly MicroBatch[])[] = [];
    while (micro.length < accumulationSteps && source.position.epoch === epoch)
      micro.push([source.next(shards)].flat());
    const all = micro.flat();
    const counts = totalCounts(all, this.#terms);
    const tokens = all.reduce((sum, batch) => sum + batch.tokens, 0);
    const { position } = source;
    const share = position.epoch === epoch ? position.batch / batchesInEpoch : 1;
    return { micro, counts, tokens, position, epoch: epoch + share };
  }

  async #random({ feeds }: MicroBatch, update: number, index: number): Promise<Record<string, HostTensor>> {
    const { inputs, randoms, draws = new Map<string, Drawn>(), randomBytes } = this.#parts;
    const made: Record<string, HostTensor> = {};
    if (randoms.size + draws.size === 0) return made;
    const fed = new Map([...inputs].filter(([name]) => feeds[name]));
    const binding = bindShapes(fed, new Map(Object.entries(feeds).map(([name, { shape }]) => [name, shape])));
    for (const [name, tensor] of randoms) {
      const shape = concreteShape(tensor.shape, binding);
      const count = shape.reduce((n, size) => n * size, 1);
      const data = this.#buffer(`${name} ${index} ${update % 2}`, count);
      await randomBytes.fill(name, update, index, data);
      made[name] = { type: 'uint8', shape, data };
    }
    for (const [name, { tensor, draw }] of draws) {
      const seed = new Uint8Array(seedBytes);
      await randomBytes.fill(name, update, index, seed);
      const { below } = randomStream(...new Uint32Array(seed.buffer));
      const shape = concreteShape(tensor.shape, binding);
      made[name] = { type: 'int32', shape, data: draw(below, shape) };
    }
    return made;
  }

  /** Memory for random bytes, reused every second update: the engine reads one buffer while the other is filled. */
  #buffer(key: string, count: number): Uint8Array {
    let memory = this.#buffers.get(key);
    if (!memory || memory.length < count) {
      memory = new Uint8Array(new ArrayBuffer(Math.ceil(count * 1.2)));
      this.#buffers.set(key, memory);
    }
    return memory.subarray(0, count);
  }
}
