import type { DataPosition } from '../../data/batch/index-stream.ts';
import type { HostTensor } from '../../runtime/backend.ts';

/** One batch as it is fed to the loss graph. */
export interface MicroBatch {
  /** Every input of the loss except its scales and the random bytes. */
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /**
   * What counts for each term of the loss, such as `{ labels: 120 }`: the term's denominator. Exactly the terms that the
   * loss scales with `lossScale`.
   */
  readonly counts: Readonly<Record<string, number>>;
  /** Tokens without padding, in a translator those of the targets: for measuring speed, and for the shards of a run. */
  readonly tokens: number;
}

/** An endless stream of training data; the position alone determines what comes next. */
export interface BatchSource {
  readonly position: DataPosition;
  /** Micro-batches in the epoch of `position`; epochs can differ by a few. */
  readonly batchesInEpoch: number;
  /**
   * The next batch, in at most `parts` parts of similar size, if the source can split it, to be computed in parallel.
   * The gradient is the same. A source that cannot wants `shards: 1`: each part has a share of the threads.
   */
  next(parts?: number): MicroBatch | readonly MicroBatch[];
}
