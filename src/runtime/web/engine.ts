/** ONNX Runtime compiled to WebAssembly, in the calling thread: a worker in the browser, a thread in Node. */

import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { InputError } from '../../io/error.ts';
import type { HostTensor } from '../backend.ts';
import { areElements, isHostType, type ValueDescription } from '../signature.ts';
import {
  type Calls,
  type CompiledProgram,
  type Engine,
  type EngineSettings,
  isKept,
  type KeptTensor,
  type RunReply,
  type RunRequest,
} from './calls.ts';
import { messageOf, type Ort, quiet, startOrt } from './start.ts';

class OrtEngine implements Engine {
  readonly #ort: Ort;
  #settings: EngineSettings | undefined;
  /** The engine takes one call at a time: with WebGPU a second one would throw. */
  #last: Promise<unknown> = Promise.resolve();
  #next = 1;
  readonly #programs = new Map<number, InferenceSession>();
  readonly #kept = new Map<number, Tensor>();

  constructor(ort: Ort) {
    this.#ort = ort;
  }

  readonly open = async (settings: EngineSettings): Promise<undefined> => {
    await startOrt(this.#ort, settings);
    this.#settings = settings;
    return undefined;
  };

  readonly compile = ({ model, isPrepacked }: Calls['compile']['in']): Promise<CompiledProgram> =>
    this.#inTurn(async (ort, { executionProviders }) => {
      const options = {
        executionProviders,
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        enableMemPattern: false,
        ...(isPrepacked ? {} : { extra: { session: { disable_prepacking: '1' } } }),
        ...quiet,
      } as const;
      const session = await ort.InferenceSession.create(model, options).catch(refusal);
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

  #inTurn<T>(work: (ort: Ort, settings: EngineSettings) => Promise<T>): Promise<T> {
    const turn = async () => {
      if (!this.#settings) throw new Error('web backend: the engine is not open');
      return work(this.#ort, this.#settings);
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

function refusal(error: unknown): never {
  throw new InputError(`compile: the engine refused the model: ${messageOf(error)}`);
}

/** An engine in the calling thread. */
export function ortEngine(ort: Ort): Engine {
  return new OrtEngine(ort);
}
