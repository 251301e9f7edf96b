/** An engine that runs ONNX bytes: one interface, several implementations held by one suite. */

import type { Elements, HostType } from '../graph/ir/dtype.ts';

export type { HostType };

/** A concrete tensor in memory, row-major. `bool` is one byte an element, 0 or 1. */
export interface HostTensor {
  readonly type: HostType;
  readonly shape: readonly number[];
  readonly data: Elements;
}

/** A result that stays with the engine: it can be fed to another run, and must be disposed. */
export interface EngineTensor {
  readonly kind: 'engine';
  readonly type: HostType;
  readonly shape: readonly number[];
  dispose(): void;
}

/** Inputs of a run by name, on the host or kept by the engine. */
export type Feeds = Readonly<Record<string, HostTensor | EngineTensor>>;

/** How a run takes and gives its outputs. */
export interface RunOptions {
  /**
   * Tensors to receive outputs, by output name; the shape must be the output's. An engine that can, writes them in
   * place; the others return new tensors. Callers use what `run` returns. An `into` tensor may also be a feed (in-place
   * update) where the graph reads the old value before it writes the new one.
   */
  readonly into?: Readonly<Record<string, HostTensor>> | undefined;
  /** Outputs returned as `EngineTensor`. */
  readonly keep?: readonly string[] | undefined;
  /** Outputs wanted; all when absent. */
  readonly fetch?: readonly string[] | undefined;
  /**
   * Ends the run early: it rejects with the signal's reason, and the program can be run again. A run whose signal is
   * aborted already never starts. An engine that cannot end a run lets it finish first.
   */
  readonly signal?: AbortSignal | undefined;
}

/** A compiled model: runs as often as wanted, must be disposed of. */
export interface Program {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Runs once. The JavaScript thread stays free meanwhile; buffers stay referenced until it resolves. */
  run(feeds: Feeds, options?: RunOptions): Promise<Record<string, HostTensor | EngineTensor>>;
  /** Frees the session. Waits for a run in flight. */
  dispose(): Promise<void>;
}

/** Weights that the engine holds once for many programs, which read them where they lie. Must be disposed of. */
export interface HeldWeights {
  /** The file that a model must name as the place of what is held. */
  readonly file: string;
  /** Holds a tensor for the programs compiled from now on, by its name in their models. Its data must not change. */
  add(name: string, tensor: HostTensor): void;
  /** Whether a tensor of this name is held. */
  has(name: string): boolean;
  /** Lets go of the weights. Every program compiled with them must be disposed of before. */
  dispose(): Promise<void>;
}

/** How a model is compiled. */
export interface CompileOptions {
  /** Threads inside one operator; the engine's default (all cores) when absent. */
  readonly threads?: number | undefined;
  /** Where the model's external initializers are; of the same backend's `holdWeights`. */
  readonly weights?: HeldWeights | undefined;
  /**
   * Whether the engine may keep a second copy of the weights, in the order in which its kernels read them: faster at few
   * rows, for up to twice the memory. True when absent.
   */
  readonly isPrepacked?: boolean | undefined;
}

/** An engine that compiles ONNX models. */
export interface Backend {
  readonly name: string;
  /** Runs of different programs that can overlap; absent where a run keeps the others waiting. */
  readonly parallelism?: number;
  /** Cores that this process may use; absent where programs do not choose their threads. */
  readonly cores?: number;
  compile(model: Uint8Array, options?: CompileOptions): Promise<Program>;
  /** Holds weights for many programs; absent where each program must have its own. */
  holdWeights?(): HeldWeights;
}
