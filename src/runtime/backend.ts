/** Engines that run ONNX bytes: one interface, several implementations, one test suite. */

import type { Elements, HostType } from '../graph/ir/dtype.ts';
import type { EngineHabit } from '../graph/ir/lowering.ts';

export type { HostType };

/** A concrete tensor in memory, row-major. `bool` is one byte an element, 0 or 1. */
export interface HostTensor {
  readonly type: HostType;
  readonly shape: readonly number[];
  readonly data: Elements;
}

/** A result that stays in the engine: it can be fed to another run, and must be disposed of. */
export interface EngineTensor {
  readonly kind: 'engine';
  readonly type: HostType;
  readonly shape: readonly number[];
  /** A copy in the host's memory. */
  read(): Promise<HostTensor>;
  dispose(): void;
}

/** Inputs of a run by name, on the host or kept by the engine. */
export type Feeds = Readonly<Record<string, HostTensor | EngineTensor>>;

/** How a run takes and returns its outputs. */
export interface RunOptions {
  /**
   * Tensors to receive outputs, by output name; the shape must match. Engines write them in place if they can and
   * return new tensors otherwise, so use what `run` returns. An `into` tensor can also be a feed (in-place update) if
   * the graph reads the old value before it writes the new one.
   */
  readonly into?: Readonly<Record<string, HostTensor>> | undefined;
  /** Outputs returned as `EngineTensor`. */
  readonly keep?: readonly string[] | undefined;
  /**
   * Inputs whose kept tensors the engine may write outputs over, as output → input. The output must be kept and have the
   * same shape; the graph must read nothing of the input that it has written over. Such a tensor is disposed of, also if
   * the run fails. A tensor on the host is left alone, and an engine that cannot do this makes a new tensor.
   */
  readonly overwrite?: Readonly<Record<string, string>> | undefined;
  /** Names of the outputs to return; default: all. */
  readonly fetch?: readonly string[] | undefined;
  /**
   * Ends the run early: it rejects with the signal's reason, and the program can be run again. If the signal is already
   * aborted, the run never starts. An engine that cannot end a run lets it finish first.
   */
  readonly signal?: AbortSignal | undefined;
}

/** Which nodes of a program a plugin runs, counted before the engine fuses nodes. */
export interface NodeAssignment {
  /** The number of nodes that the plugin runs. */
  readonly plugin: number;
  /** The number of nodes that the CPU runs instead, by operator, the most frequent first. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** A compiled model: can run any number of times, must be disposed of. */
export interface Program {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Which of its nodes a plugin runs; absent on every engine that is not a plugin. */
  readonly assignment?: NodeAssignment | undefined;
  /** Runs once. The JavaScript thread stays free; buffers stay referenced until the promise resolves. */
  run(feeds: Feeds, options?: RunOptions): Promise<Record<string, HostTensor | EngineTensor>>;
  /** Frees the session, after any run in flight. */
  dispose(): Promise<void>;
}

/** The type and shape of a value that a node read or made, in the engine's words: `float`, `int64`, `bool`. */
export interface RecordedValue {
  readonly type: string;
  readonly shape: readonly number[];
}

/** A node of a compiled program with the shapes of one or more of its executions. */
export interface RecordedNode {
  /** The name of the ONNX node; the engine may have added a suffix when it fused nodes. */
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly RecordedValue[];
  readonly outputs: readonly RecordedValue[];
}

/** One execution of a node; times in µs from the beginning of the recording. */
export interface NodeEvent {
  readonly node: RecordedNode;
  readonly start: number;
  readonly duration: number;
  /** The duration without the nodes that ran inside: those of the body of a loop or a branch. */
  readonly own: number;
  /** The execution of a loop or a branch in whose body it ran. */
  readonly parent?: NodeEvent | undefined;
}

/** One recorded run of a program, its nodes in order of their start. */
export interface RecordedRun {
  readonly start: number;
  readonly duration: number;
  readonly events: readonly NodeEvent[];
}

/** A program whose engine records when every node runs. */
export interface ProfiledProgram extends Program {
  /**
   * Ends the recording and returns the runs from the first on, fewer than there were if the engine's recording was
   * full. No run may be in flight.
   */
  recordedRuns(): Promise<readonly RecordedRun[]>;
}

/** Weights that the engine holds once for many programs, which read them in place. Must be disposed of. */
export interface HeldWeights {
  /** The file that a model must give as the location of held weights. */
  readonly file: string;
  /** Holds a tensor, by its name in the models, for programs compiled from now on. Its data must not change. */
  add(name: string, tensor: HostTensor): void;
  /** Whether a tensor of this name is held. */
  has(name: string): boolean;
  /** Releases the weights. Every program compiled with them must be disposed of first. */
  dispose(): Promise<void>;
}

/** How a model is compiled. */
export interface CompileOptions {
  /** Threads inside one operator; default: the engine's (all cores). */
  readonly threads?: number | undefined;
  /** The location of the model's external initializers; from the same backend's `holdWeights`. */
  readonly weights?: HeldWeights | undefined;
  /**
   * Whether the engine may keep a second copy of the weights, in the order in which its kernels read them: faster for few rows, but up to twice the memory. Default true.
   */
  readonly isPrepacked?: boolean | undefined;
  /**
   * Whether a plugin may run the program, where the engine is one; otherwise the CPU does. Default true.
   */
  readonly usesPlugin?: boolean | undefined;
  /**
   * Whether the program computes in bfloat16 where the engine's own rule allows it; inputs and outputs stay float32. Only for
   * an engine that has {@link Backend.bf16}. Default false.
   */
  readonly usesBf16?: boolean | undefined;
  /**
   * Outputs that most runs keep: an engine with a memory of its own, such as a GPU's, leaves them there. Others may be
   * kept too. Default: none.
   */
  readonly keep?: readonly string[] | undefined;
}

/** What an engine that computes in bfloat16 needs. */
export interface Bf16Support {
  /** What this machine lacks for it; absent if it has everything. */
  readonly missing?: string | undefined;
}

/** An engine that compiles ONNX models. */
export interface Backend {
  /** The name that users give it, such as `cpu`; of a plugin that was named by its path, the name of its provider. */
  readonly name: string;
  /** Runs of different programs that can overlap; absent if runs wait for each other. */
  readonly parallelism?: number;
  /** Cores that this process may use; absent if programs cannot choose their threads. */
  readonly cores?: number;
  /** Why graphs must be lowered, or fed, in another form for it; see `engineHabits`. Absent: none. */
  readonly habits?: ReadonlySet<EngineHabit> | undefined;
  /** Absent if programs cannot compute in bfloat16. */
  readonly bf16?: Bf16Support | undefined;
  /** Operators that graphs must be lowered without; see `OnnxEmitter.has`. Absent: none. */
  readonly missing?: ReadonlySet<string>;
  compile(model: Uint8Array, options?: CompileOptions): Promise<Program>;
  /** Compiles a program that is recorded while it runs; absent if the engine has no profiler. */
  compileProfiled?(model: Uint8Array, options?: CompileOptions): Promise<ProfiledProgram>;
  /** Holds weights for many programs; absent if each program must have its own. */
  holdWeights?(): HeldWeights;
}
