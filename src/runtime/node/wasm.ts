/**
 * ONNX Runtime in WebAssembly, for Node without a native ONNX Runtime that loads.
 *
 * It runs in its own thread, so timers fire and sockets answer during a run. One thread pool serves all programs,
 * whatever number of threads they are compiled for; see {@link webBackend}.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Backend } from '../backend.ts';
import type { EngineWorker } from '../web/connection.ts';
import { webBackend } from '../web.ts';

/**
 * A thread that runs the engine, with the interface of a browser's worker. It keeps the process alive only during
 * calls.
 */
function startWorker(): EngineWorker {
  // Without Node's own options: one such as --input-type would not suit the worker.
  const worker = new Worker(new URL('./wasm-worker.js', import.meta.url), { execArgv: [] });
  // Starting counts as a call: the worker reports when it is ready.
  let calls = 1;
  worker.on('message', () => {
    if (--calls === 0) worker.unref();
  });
  return {
    postMessage(message, transfer) {
      if (calls++ === 0) worker.ref();
      worker.postMessage(message, transfer);
    },
    addEventListener(type: string, listener: (event: { readonly data: unknown; readonly message: string }) => void) {
      worker.on(type, (value: unknown) => listener({ data: value, message: String(value) }));
      if (type !== 'error') return;
      // Node reports the end of a thread as neither an error nor a message.
      worker.on('exit', (code) => listener({ data: undefined, message: `it ended with exit code ${code}` }));
    },
    terminate: () => void worker.terminate(),
  };
}

let started: Backend | undefined;

/**
 * The engine in WebAssembly. It starts once per process, with the first program, and has a thread for each core; if its
 * thread ends, the next program starts another.
 */
export function wasmBackend(): Backend {
  if (started) return started;
  const engine = webBackend({ threads: availableParallelism(), worker: startWorker });
  started = { name: 'wasm', compile: (model, options) => engine.compile(model, options) };
  return started;
}
