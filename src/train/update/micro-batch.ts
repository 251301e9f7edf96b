import type { DataPosition } from '../../data/batch/index-stream.ts';
import type { HostTensor } from '../../runtime/backend.ts';

/** One batch as the loss graph is fed it. */
export interface MicroBatch {
  /** Every input of the loss but `loss_scale` and the random bytes. */
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /** Labels that count: the loss's denominator. */
  readonly labels: number;
  /** Tokens that the model reads, by which speed is measured; by default as many as labels. */
  readonly tokens?: number;
}

/** Training data without end; the position alone determines what comes next. */
export interface BatchSource {
  readonly position: DataPosition;
  /** Micro-batches in the epoch that `position` is in now; epochs may differ by a few. */
  readonly batchesInEpoch: number;
  /**
   * The next batch. A source that can gives it in at most `parts` parts of like size, to be worked on side by side; the
   * gradient is the same.
   */
  next(parts?: number): MicroBatch | readonly MicroBatch[];
}
