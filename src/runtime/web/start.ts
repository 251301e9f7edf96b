/** Starts ONNX Runtime in the calling thread, or reports why it does not start. */

import { EngineError } from '../engine-error.ts';
import type { EngineSettings } from './calls.ts';
import { requireGpu } from './gpu.ts';

/** ONNX Runtime's JavaScript: `onnxruntime-web/wasm`, `/webgpu`, or the package's entry for Node. */
export type Ort = typeof import('onnxruntime-web/wasm');

/** Errors are thrown, so they need not be logged to the console too. */
export const quiet = { logSeverityLevel: 4 } as const;

/** Seconds within which ONNX Runtime must start once its WebAssembly has arrived; it needs one or two. */
const startLimit = 20;

/** Whether this is Node or Electron (which also has a page). */
export const isNode = 'process' in globalThis && globalThis.process.versions?.node !== undefined;

/** The message of an error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The address of ONNX Runtime's `.wasm` file once the browser has requested it; known only from the browser's records.
 */
function wasmEntry(): PerformanceEntry | undefined {
  const asked = performance.getEntriesByType('resource');
  return asked.findLast(({ name }) => /^https?:[^?#]*\.wasm(?:[?#]|$)/.test(name));
}

/** Rejects {@link startLimit} after the `.wasm` file has arrived; a slow download can take its time. */
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

/** What is wrong with the `.wasm` file, if it is the cause. */
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
 * Configures ONNX Runtime and starts it: loads its WebAssembly and starts its thread pool.
 *
 * @throws {EngineError} with the reason.
 */
export async function startOrt(ort: Ort, { wasmPaths, threads, executionProviders }: EngineSettings): Promise<void> {
  if (executionProviders.includes('webgpu')) await requireGpu();
  ort.env.logLevel = 'fatal';
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  if (threads !== undefined) ort.env.wasm.numThreads = threads;
  else if (!isNode) ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const { late, stop } = isNode ? { late: new Promise<never>(() => undefined), stop: () => undefined } : lateStart();
  try {
    // There is no call that only starts it. Given an empty model, it starts and then refuses the model.
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
