/** Starts ONNX Runtime in the calling thread, or says what keeps it from starting. */

import { EngineError } from './engine-error.ts';
import type { EngineSettings } from './web-calls.ts';

/** ONNX Runtime's JavaScript: `onnxruntime-web/wasm`, `/webgpu`, or the package's entry for Node. */
export type Ort = typeof import('onnxruntime-web/wasm');

/** Errors are thrown; they need not be on the console too. */
export const quiet = { logSeverityLevel: 4 } as const;

/** Seconds that ONNX Runtime may take to start once its WebAssembly has arrived; it takes one or two. */
const startLimit = 20;

/** Whether this is Node, or Electron, which also has a page. */
export const isNode = 'process' in globalThis && globalThis.process.versions?.node !== undefined;

/** What an error says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The address of ONNX Runtime's `.wasm` file once the browser has asked for it; only its own records tell. */
function wasmEntry(): PerformanceEntry | undefined {
  const asked = performance.getEntriesByType('resource');
  return asked.findLast(({ name }) => /^https?:[^?#]*\.wasm(?:[?#]|$)/.test(name));
}

/** Rejects when the `.wasm` file has arrived and {@link startLimit} is over; a slow download may take its time. */
function lateStart(): { readonly late: Promise<never>; stop(): void } {
  let timer: ReturnType<typeof setInterval> | undefined;
  const late = new Promise<never>((_, reject) => {
    let seconds = 0;
    timer = setInterval(() => {
      if (wasmEntry() && ++seconds > startLimit) {
        reject(new EngineError(`its threads did not start within ${startLimit} s`));
      }
    }, 1000);
  });
  return { late, stop: () => clearInterval(timer) };
}

/** What is wrong with the `.wasm` file, where that is what went wrong. */
async function wasmFault(): Promise<string | undefined> {
  const address = wasmEntry()?.name;
  if (address === undefined) return undefined;
  const expected = `${address}: expected ONNX Runtime's WebAssembly`;
  try {
    const response = await fetch(address);
    if (!response.ok) return `${expected}, got status ${response.status} ${response.statusText}`.trimEnd();
    const start = new Uint8Array((await response.arrayBuffer()).slice(0, 64));
    const text = new TextDecoder().decode(start);
    if (text.startsWith('\0asm')) return undefined;
    return `${expected}, got ${/^\s*</.test(text) ? 'an HTML page' : 'another kind of file'}`;
  } catch (error) {
    return `${expected}, got ${messageOf(error)}`;
  }
}

/**
 * Sets ONNX Runtime up and starts it: its WebAssembly is loaded, its pool of threads runs.
 *
 * @throws {EngineError} with the reason.
 */
export async function startOrt(ort: Ort, { wasmPaths, threads, executionProviders }: EngineSettings): Promise<void> {
  ort.env.logLevel = 'fatal';
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  if (threads !== undefined) ort.env.wasm.numThreads = threads;
  else if (!isNode) ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const { late, stop } = isNode ? { late: new Promise<never>(() => undefined), stop: () => undefined } : lateStart();
  try {
    // There is no call that only starts it. With a model of no bytes it starts, and then refuses the model.
    const start = ort.InferenceSession.create(new Uint8Array(0), { executionProviders, ...quiet });
    await Promise.race([start, late]);
  } catch (error) {
    const message = messageOf(error);
    if (error instanceof EngineError || message.startsWith('no available backend')) {
      const fault = isNode ? undefined : await wasmFault();
      throw new EngineError(`web backend: ONNX Runtime did not start: ${fault ?? message}`);
    }
  } finally {
    stop();
  }
}
