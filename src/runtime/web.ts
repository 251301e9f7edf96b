/** ONNX Runtime in the browser, by `onnxruntime-web`. */

import { InputError } from '../io/error.ts';
import type { Backend, CompileOptions, Program } from './backend.ts';
import type { EngineSettings, ExecutionProvider } from './web-calls.ts';
import { type Connection, connect, type EngineWorker } from './web-connection.ts';
import { ortEngine } from './web-engine.ts';
import { programOf } from './web-program.ts';

/** Options of {@link webBackend}. */
export interface WebOptions {
  /**
   * Folder with ONNX Runtime's `ort-wasm-simd-threaded*.wasm` and `.mjs` files, relative to the page. Where they lie
   * beside the script when absent.
   */
  readonly wasmPaths?: string | undefined;
  /** Threads of the pool that all programs of this backend share. All cores when absent and threads are allowed. */
  readonly threads?: number | undefined;
  /** Tried in order; `['wasm']` when absent. */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined;
  /**
   * Starts the worker, for a bundler that does not follow `new Worker(new URL(…, import.meta.url))`. Where it is given,
   * the engine runs in it, in Node too.
   */
  readonly worker?: (() => EngineWorker) | undefined;
}

/** The engine in a browser. */
export interface WebBackend extends Backend {
  /** Threads of the pool, known after the first `compile`. */
  readonly threads: number | undefined;
  /** Ends the worker and frees all that it holds; what was compiled or kept is lost. Without a worker it does nothing. */
  close(): Promise<void>;
}

/**
 * ONNX Runtime in WebAssembly, with WebGPU on request.
 *
 * In a page everything runs in a worker of ours, so the page stays alive during a run. ONNX Runtime's own proxy
 * (`env.wasm.proxy`) is not used: it takes the fed arrays away from their owner, loads the whole page script a second
 * time as its worker once that is bundled, and has no place to keep a result. In our worker a kept output stays in its
 * memory (the worker's, also with WebGPU). Inside a worker, or in Node, the engine runs in the calling thread, which
 * a run then blocks, unless `worker` is given.
 *
 * Feeds are copied out of their arrays, which remain the caller's. `into` is not written: outputs always come back as
 * new tensors. Threads need a page that is cross-origin isolated (headers `Cross-Origin-Opener-Policy: same-origin` and
 * `Cross-Origin-Embedder-Policy: require-corp`); without them there is one. ONNX Runtime has one pool for all its
 * sessions here, so `threads` is an option of the backend, and `compile`'s is not used.
 *
 * @throws {InputError} at `compile`, without a worker, when this thread already runs the engine with other settings.
 */
export function webBackend(options: WebOptions = {}): WebBackend {
  const { wasmPaths, threads, executionProviders = ['wasm'] } = options;
  const settings: EngineSettings = {
    executionProviders,
    ...(threads === undefined ? {} : { threads }),
    ...(wasmPaths === undefined ? {} : { wasmPaths: absolute(wasmPaths) }),
  };
  let opened: Promise<Connection> | undefined;
  let pool: number | undefined;

  const open = async (): Promise<Connection> => {
    const worker = options.worker ?? ('document' in globalThis ? defaultWorker : undefined);
    const connection = worker ? connect(worker()) : inThisThread();
    try {
      await connection.engine.open(settings);
      return connection;
    } catch (error) {
      opened = undefined;
      connection.close();
      throw error;
    }
  };

  return {
    name: 'onnxruntime-web',
    get threads() {
      return pool;
    },
    async compile(model: Uint8Array, _options?: CompileOptions): Promise<Program> {
      opened ??= open();
      const { engine } = await opened;
      const compiled = await engine.compile(model).catch(refusal);
      pool = compiled.threads;
      return programOf(engine, compiled);
    },
    async close(): Promise<void> {
      const closing = opened;
      opened = undefined;
      await closing?.then((connection) => connection.close());
    },
  };
}

/** ONNX Runtime starts with the first model, so what goes wrong then may be the start or the model. */
function refusal(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('no available backend'))
    throw new Error(`web backend: ONNX Runtime did not start: ${message}`);
  throw new InputError(`compile: the engine refused the model: ${message}`);
}

function absolute(path: string): string {
  return 'document' in globalThis ? new URL(path, document.baseURI).href : path;
}

function defaultWorker(): Worker {
  return new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module', name: 'heddle-engine' });
}

function inThisThread(): Connection {
  return { engine: ortEngine(), close: () => undefined };
}
