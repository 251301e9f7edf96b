/** What the page asks of the engine, in data that may cross to a worker: the words both sides share. */

import type { HostTensor, HostType } from './backend.ts';
import type { ValueDescription } from './signature.ts';

/** What computes: WebAssembly or WebGPU. */
export type ExecutionProvider = 'wasm' | 'webgpu';

/** How the engine starts: once in a thread. */
export interface EngineSettings {
  /** Absolute address of the folder that holds ONNX Runtime's `.wasm` and `.mjs` files. */
  readonly wasmPaths?: string | undefined;
  readonly threads?: number | undefined;
  readonly executionProviders: readonly ExecutionProvider[];
}

/** A result left with the engine, by number. */
export interface KeptTensor {
  readonly kept: number;
  readonly type: HostType;
  readonly shape: readonly number[];
}

/** A program that the engine holds, by number, and what it takes and gives. */
export interface CompiledProgram {
  readonly program: number;
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  /** Threads that the engine's pool has. */
  readonly threads: number;
}

/** One run: feeds, the outputs wanted, and those that stay with the engine. */
export interface RunRequest {
  readonly program: number;
  readonly feeds: Readonly<Record<string, HostTensor | { readonly kept: number }>>;
  readonly fetch: readonly string[];
  readonly keep: readonly string[];
}

/** The outputs wanted, by name. */
export type RunReply = Readonly<Record<string, HostTensor | KeptTensor>>;

/** Every call: what goes in and what comes out. */
export interface Calls {
  open: { in: EngineSettings; out: undefined };
  compile: { in: { readonly model: Uint8Array; readonly isPrepacked: boolean }; out: CompiledProgram };
  run: { in: RunRequest; out: RunReply };
  release: { in: { readonly program: number }; out: undefined };
  drop: { in: { readonly kept: number }; out: undefined };
}

/** The engine, seen from either side of the worker. */
export type Engine = { readonly [K in keyof Calls]: (argument: Calls[K]['in']) => Promise<Calls[K]['out']> };

/** A call on its way to the worker. */
export interface Request<K extends keyof Calls = keyof Calls> {
  readonly id: number;
  readonly call: K;
  readonly argument: Calls[K]['in'];
}

/** The answer to the call of the same id. */
export type Reply = { readonly id: number } & (
  | { readonly value: Calls[keyof Calls]['out'] }
  | { readonly error: { readonly name: string; readonly message: string } }
);

/** What the worker says, unasked, once its script runs; calls wait for it. */
export const ready = 'heddle worker ready';

/** Whether a tensor is one that the engine keeps. */
export function isKept<T extends object>(tensor: HostTensor | T): tensor is T {
  return 'kept' in tensor;
}
