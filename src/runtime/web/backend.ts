/** ONNX Runtime in the browser: the common part of the backends for WebAssembly and WebGPU. */

import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import type { Backend, CompileOptions, Program } from '../backend.ts';
import type { EngineSettings, ExecutionProvider } from './calls.ts';
import { type Connection, connect, type EngineWorker } from './connection.ts';
import { programOf } from './program.ts';
import { isNode } from './start.ts';
import { inThisThread } from './thread.ts';

/** Options of `webBackend` and `webGpuBackend`. */
export interface WebOptions {
  /**
   * The folder with ONNX Runtime's `ort-wasm-simd-threaded*.wasm` and `.mjs` files, relative to the page. Default: the
   * folder of the script.
   */
  readonly wasmPaths?: string | undefined;
  /** Threads of the pool shared by all programs of this backend. Default: all cores if threads are allowed. */
  readonly threads?: number | undefined;
  /**
   * Starts the worker, for a bundler that does not follow `new Worker(new URL(…, import.meta.url))`. If given, the
   * engine runs in it, even in Node.
   */
  readonly worker?: (() => EngineWorker) | undefined;
}

/** The engine in a browser. */
export interface WebBackend extends Backend {
  /** Threads of the pool, known after the first `compile`. */
  readonly threads: number | undefined;
  /**
   * Ends the worker and frees everything in it; compiled programs and kept tensors are lost. Does nothing without a
   * worker.
   */
  close(): Promise<void>;
}

function absolute(path: string): string {
  return 'document' in globalThis ? new URL(path, document.baseURI).href : path;
}

const optionNames = ['wasmPaths', 'threads', 'worker'] satisfies (keyof WebOptions)[];

function checkOptions(options: object): void {
  for (const name of Object.keys(options)) {
    if (optionNames.some((known) => known === name)) continue;
    const isProvider = name === 'executionProviders';
    const remedy = isProvider
      ? '; for WebGPU use webGpuBackend() of heddle/runtime/webgpu'
      : didYouMean(name, optionNames);
    throw new InputError(`web backend: unknown option "${name}"${remedy}`);
  }
}

/** What differs between WebAssembly and WebGPU. */
export interface WebEngine extends Pick<Backend, 'name' | 'missing'> {
  readonly provider: ExecutionProvider;
  /** Starts its worker. */
  start(): EngineWorker;
}

/** A backend with this engine. */
export function backendOf({ provider, start, ...described }: WebEngine, options: WebOptions): WebBackend {
  checkOptions(options);
  const { wasmPaths, threads } = options;
  const settings: EngineSettings = {
    executionProviders: [provider],
    ...(threads === undefined ? {} : { threads }),
    ...(wasmPaths === undefined ? {} : { wasmPaths: absolute(wasmPaths) }),
  };
  let opened: Promise<Connection> | undefined;
  let pool: number | undefined;

  /** Opened once, and again if that failed or the worker has ended. */
  const connection = async (): Promise<Connection> => {
    const opening = (opened ??= open());
    const forget = () => {
      if (opened === opening) opened = undefined;
    };
    const current = await opening.catch((error) => {
      forget();
      throw error;
    });
    if (!current.isBroken) return current;
    forget();
    return connection();
  };

  const open = async (): Promise<Connection> => {
    const worker = options.worker ?? (isNode && !('document' in globalThis) ? undefined : start);
    if (!worker) return inThisThread(settings);
    const started = await connect(worker);
    try {
      await started.engine.open(settings);
      return started;
    } catch (error) {
      started.close();
      throw error;
    }
  };

  return {
    ...described,
    get threads() {
      return pool;
    },
    async compile(model: Uint8Array, { isPrepacked = true, keep = [] }: CompileOptions = {}): Promise<Program> {
      const { engine } = await connection();
      const compiled = await engine.compile({ model, isPrepacked, keep });
      pool = compiled.threads;
      return programOf(engine, compiled);
    },
    async close(): Promise<void> {
      const closing = opened;
      opened = undefined;
      await closing?.then(
        ({ close }) => close(),
        () => undefined,
      );
    },
  };
}
