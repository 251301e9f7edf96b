import type { Kind } from './kind.ts';
import type { ProductSize } from './product.ts';

/** The times of some updates, in ms an update. */
export interface StepTime {
  /** From one update to the next. */
  readonly step: number;
  /** While no program runs. */
  readonly outside: number;
  /** Reading and padding batches; the engine may run meanwhile. */
  readonly batches: number;
  /** Generating random bytes; the engine may run meanwhile. */
  readonly randomBytes: number;
}

/** A rate at which this machine multiplies matrices. */
export interface BareRate {
  readonly size: ProductSize;
  /** GFLOP/s */
  readonly rate: number;
}

/** A share of a step: ms an update, summed over lanes. */
export interface Part {
  readonly name: string;
  readonly ms: number;
}

/** The time in a layer. What is neither forward nor backward is of the optimizer and the norm of the gradients. */
export interface LayerPart extends Part {
  readonly forward: number;
  readonly backward: number;
}

/** A node: what all its executions in an update take. */
export interface NodeCost extends Part {
  readonly op: string;
  readonly layer: string;
  readonly kind: Kind;
  readonly pass: 'forward' | 'backward' | undefined;
  /** Executions an update. */
  readonly calls: number;
  /** The shapes of its longest execution: `[64, 384] · [384, 1536] to [64, 1536]`. */
  readonly shapes: string;
  /** GFLOP/s of a matrix product. */
  readonly rate: number | undefined;
}

/** Matrix products: their time in ms an update, and how fast they are. */
export interface ProductPart {
  readonly ms: number;
  /** GFLOP/s; 0 without products. */
  readonly rate: number;
  /** The number of rows of a product that half of the time is above. */
  readonly rows: number;
}

/** Where the time of a training step goes. */
export interface StepProfile {
  readonly updates: number;
  /** The updates that the engine's recording has room for; fewer than `updates` in a recording that was full. */
  readonly recorded: number;
  readonly lanes: number;
  readonly threads: number;
  /** Without the recording. */
  readonly time: StepTime;
  /** The same updates while they are recorded, which the parts below add up to, in all lanes. */
  readonly recordedTime: StepTime;
  /** In the order of the model. */
  readonly layers: readonly LayerPart[];
  readonly kinds: readonly Part[];
  /** Between nodes: the engine's own work and that of recording. */
  readonly between: number;
  /** Lanes that wait, for JavaScript or for each other. */
  readonly waiting: number;
  readonly products: ProductPart;
  /** Nodes in the bodies of loops, and the loops. */
  readonly loops: { readonly ms: number; readonly calls: number; readonly products: ProductPart };
  /** Node executions in an update. */
  readonly calls: number;
  /** Most costly first. */
  readonly nodes: readonly NodeCost[];
  /** The largest product by arithmetic. */
  readonly largest: ProductSize | undefined;
}

/** All times of nodes. */
export const nodeTime = ({ kinds }: Pick<StepProfile, 'kinds'>): number => kinds.reduce((sum, { ms }) => sum + ms, 0);
