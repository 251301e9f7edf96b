/** The calls between the page and the engine, as data that can be sent to a worker. */

import type { HostTensor, HostType } from '../backend.ts';
import type { ValueDescription } from '../signature.ts';

/** The execution provider: WebAssembly or WebGPU. */
export type ExecutionProvider = 'wasm' | 'webgpu';

/** How the engine starts; once per thread. */
export interface EngineSettings {
  /** Absolute address of the folder that holds ONNX Runtime's `.wasm` and `.mjs` files. */
  readonly wasmPaths?: string | undefined;
  readonly threads?: number | undefined;
  readonly executionProviders: readonly ExecutionProvider[];
}

/** The number of a result kept by the engine. */
export interface KeptTensor {
  readonly kept: number;
  readonly type: HostType;
  readonly shape: readonly number[];
}

/** A model, and how it is compiled; `keep`: the outputs whose results stay on the GPU, if there is one. */
export interface CompileRequest {
  readonly model: Uint8Array;
  readonly isPrepacked: boolean;
  readonly keep: readonly string[];
}

/** The number of a program in the engine, with its inputs and outputs. */
export interface CompiledProgram {
  readonly program: number;
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  /** The number of threads in the engine's pool. */
  readonly threads: number;
}

/** One run: feeds, the requested outputs, and those that stay in the engine. */
export interface RunRequest {
  readonly program: number;
  readonly feeds: Readonly<Record<string, HostTensor | { readonly kept: number }>>;
  readonly fetch: readonly string[];
  readonly keep: readonly string[];
}

/** The requested outputs, by name. */
export type RunReply = Readonly<Record<string, HostTensor | KeptTensor>>;

/** Every call: its arguments and its result. */
export interface Calls {
  open: { in: EngineSettings; out: undefined };
  compile: { in: CompileRequest; out: CompiledProgram };
  run: { in: RunRequest; out: RunReply };
  release: { in: { readonly program: number }; out: undefined };
  read: { in: { readonly kept: number }; out: { readonly tensor: HostTensor } };
  drop: { in: { readonly kept: number }; out: undefined };
}

/** The engine's interface, the same on both sides of the worker. */
export type Engine = { readonly [K in keyof Calls]: (argument: Calls[K]['in']) => Promise<Calls[K]['out']> };

/** A call sent to the worker. */
export interface Request<K extends keyof Calls = keyof Calls> {
  readonly id: number;
  readonly call: K;
  readonly argument: Calls[K]['in'];
}

/** The answer to the call with the same id; an error with id 0 is the end of the engine. */
export type Reply = { readonly id: number } & (
  | { readonly value: Calls[keyof Calls]['out'] }
  | { readonly error: { readonly name: string; readonly message: string } }
);

/** The message that the worker sends once its script runs; calls wait for it. */
export const ready = 'heddle worker ready';

/** Whether a tensor is kept by the engine. */
export function isKept<T extends object>(tensor: HostTensor | T): tensor is T {
  return 'kept' in tensor;
}
