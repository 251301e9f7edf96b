/** ONNX Runtime compiled to WebAssembly, in the thread that calls it: a worker's in the browser, the only one in Node. */

import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { InputError } from '../io/error.ts';
import type { HostTensor } from './backend.ts';
import { areElements, isHostType, type ValueDescription } from './signature.ts';
import {
  type CompiledProgram,
  type Engine,
  type EngineSettings,
  isKept,
  type KeptTensor,
  type RunReply,
  type RunRequest,
} from './web-calls.ts';

type Ort = typeof import('onnxruntime-web/wasm');

/** Errors are thrown; they need not be on the console too. */
const quiet = { logSeverityLevel: 4 } as const;

/** One pool and one memory serve a thread's every session, so the first settings of a thread are its only ones. */
let loaded: { readonly settings: string; readonly ort: Promise<Ort> } | undefined;

/**
 * The package's entry for where we are: only the one for Node starts threads there, only the ones for browsers are
 * small. The name for Node is computed so that no bundler follows it.
 */
async function importOrt(settings: EngineSettings): Promise<Ort> {
  const isNode = 'process' in globalThis && globalThis.process.versions?.node !== undefined;
  const nodeEntry = ['onnxruntime', 'web'].join('-');
  const ort: Ort = isNode
    ? await import(/* @vite-ignore */ nodeEntry)
    : settings.executionProviders.includes('webgpu')
      ? await import('onnxruntime-web/webgpu')
      : await import('onnxruntime-web/wasm');
  ort.env.logLevel = 'fatal';
  if (settings.wasmPaths !== undefined) ort.env.wasm.wasmPaths = settings.wasmPaths;
  if (settings.threads !== undefined) ort.env.wasm.numThreads = settings.threads;
  else if (!isNode) ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  return ort;
}

function loadOrt(settings: EngineSettings): Promise<Ort> {
  const text = JSON.stringify(settings);
  loaded ??= { settings: text, ort: importOrt(settings) };
  if (loaded.settings !== text) {
    throw new InputError(
      `web backend: one thread has one engine, it runs with ${loaded.settings} and cannot also with ${text}`,
    );
  }
  return loaded.ort;
}

class OrtEngine implements Engine {
  #settings: EngineSettings | undefined;
  #ort: Ort | undefined;
  /** The engine takes one call at a time: with WebGPU a second one would throw. */
  #last: Promise<unknown> = Promise.resolve();
  #next = 1;
  readonly #programs = new Map<number, InferenceSession>();
  readonly #kept = new Map<number, Tensor>();

  readonly open = async (settings: EngineSettings): Promise<undefined> => {
    this.#settings = settings;
    this.#ort = await loadOrt(settings);
    return undefined;
  };

  readonly compile = (model: Uint8Array): Promise<CompiledProgram> =>
    this.#inTurn(async (ort) => {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: [...(this.#settings?.executionProviders ?? [])],
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        enableMemPattern: false,
        ...quiet,
      });
      const program = this.#next++;
      this.#programs.set(program, session);
      return {
        program,
        inputs: session.inputMetadata.map(describe),
        outputs: session.outputMetadata.map(describe),
        threads: ort.env.wasm.numThreads ?? 1,
      };
    });

  readonly run = ({ program, feeds, fetch, keep }: RunRequest): Promise<RunReply> =>
    this.#inTurn(async (ort) => {
      const tensors = Object.entries(feeds).map(([name, tensor]) => [
        name,
        isKept(tensor) ? this.#keptTensor(tensor.kept) : new ort.Tensor(tensor.type, tensor.data, tensor.shape),
      ]);
      const results = await this.#session(program).run(Object.fromEntries(tensors), fetch, quiet);
      return Object.fromEntries(
        fetch.map((name) => [name, keep.includes(name) ? this.#keep(results[name]) : hostTensor(results[name])]),
      );
    });

  readonly release = ({ program }: { program: number }): Promise<undefined> =>
    this.#inTurn(async () => {
      const session = this.#session(program);
      this.#programs.delete(program);
      await session.release();
      return undefined;
    });

  readonly drop = ({ kept }: { kept: number }): Promise<undefined> =>
    this.#inTurn(async () => {
      this.#kept.get(kept)?.dispose();
      this.#kept.delete(kept);
      return undefined;
    });

  #inTurn<T>(work: (ort: Ort) => Promise<T>): Promise<T> {
    const turn = async () => {
      if (!this.#ort) throw new Error('web backend: the engine is not open');
      return work(this.#ort);
    };
    const result = this.#last.then(turn, turn);
    this.#last = result;
    return result;
  }

  #session(program: number): InferenceSession {
    const session = this.#programs.get(program);
    if (!session) throw new Error(`web backend: there is no program ${program}`);
    return session;
  }

  #keptTensor(kept: number): Tensor {
    const tensor = this.#kept.get(kept);
    if (!tensor) throw new Error(`web backend: there is no kept tensor ${kept}`);
    return tensor;
  }

  #keep(tensor: Tensor): KeptTensor {
    const { type, shape } = hostTensor(tensor);
    const kept = this.#next++;
    this.#kept.set(kept, tensor);
    return { kept, type, shape };
  }
}

function describe(value: InferenceSession.ValueMetadata): ValueDescription {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { name: value.name, type: 'no tensor', shape: [] };
}

function hostTensor({ type, dims, data }: Tensor): HostTensor {
  if (isHostType(type) && areElements(type, data)) return { type, shape: dims, data };
  throw new Error(`onnxruntime-web: cannot take a ${type} tensor held in a ${data.constructor.name}`);
}

/** An engine in the calling thread. */
export function ortEngine(): Engine {
  return new OrtEngine();
}
