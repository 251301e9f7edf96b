/**
 * ONNX Runtime in WebAssembly, for a Node in which the native one is not installed or does not load.
 *
 * It runs in a thread of its own, so timers fire and sockets answer during a run. One pool of threads serves all
 * programs, whatever number of threads they are compiled for; see {@link webBackend}.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Backend } from './backend.ts';
import { webBackend } from './web.ts';
import type { EngineWorker } from './web-connection.ts';

/** A thread with the engine in it, in the form of a browser's worker. It keeps the process alive only during calls. */
function startWorker(): EngineWorker {
  // Without what Node was started with: an option such as --input-type would not suit it.
  const worker = new Worker(new URL('./node-wasm-worker.js', import.meta.url), { execArgv: [] });
  // The start counts as a call: the worker says when it is ready.
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
    },
    terminate: () => void worker.terminate(),
  };
}

let started: Backend | undefined;

/** The engine in WebAssembly. It starts with the first program, once in a process, with a thread for each core. */
export function wasmBackend(): Backend {
  if (started) return started;
  const engine = webBackend({ threads: availableParallelism(), worker: startWorker });
  started = { name: 'onnxruntime-wasm', compile: (model, options) => engine.compile(model, options) };
  return started;
}
