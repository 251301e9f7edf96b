/** ONNX Runtime compiled to WebAssembly, in the calling thread: a worker in the browser, a thread in Node. */

import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { InputError } from '../../io/error.ts';
import type { HostTensor, HostType } from '../backend.ts';
import { SpentProgramError } from '../engine-error.ts';
import { areElements, isHostType, type ValueDescription } from '../signature.ts';
import { slowFusions } from '../slow-fusions.ts';
import {
  type Calls,
  type CompiledProgram,
  type CompileRequest,
  type Engine,
  type EngineSettings,
  isKept,
  type KeptTensor,
  type RunReply,
  type RunRequest,
} from './calls.ts';
import { lossNotice, watchDevice } from './gpu.ts';
import { messageOf, type Ort, quiet, startOrt } from './start.ts';

/** A session and the state of what it made. */
interface Program {
  readonly session: InferenceSession;
  /** Whether results stay on the GPU. After a run that failed, ONNX Runtime then repeats it, whatever it is fed. */
  readonly isBound: boolean;
  hasFailed?: boolean;
  /** How many results are kept. */
  kept: number;
  isReleased: boolean;
}

class OrtEngine implements Engine {
  readonly #ort: Ort;
  readonly #ended: (reason: string) => void;
  #settings: EngineSettings | undefined;
  /** The engine takes one call at a time: with WebGPU a second one would throw. */
  #last: Promise<unknown> = Promise.resolve();
  #next = 1;
  readonly #programs = new Map<number, Program>();
  readonly #kept = new Map<number, { readonly tensor: Tensor; readonly program: number }>();

  constructor(ort: Ort, ended: (reason: string) => void) {
    this.#ort = ort;
    this.#ended = ended;
  }

  readonly open = async (settings: EngineSettings): Promise<undefined> => {
    await startOrt(this.#ort, settings);
    this.#settings = settings;
    return undefined;
  };

  readonly compile = ({ model, isPrepacked, keep }: CompileRequest): Promise<CompiledProgram> =>
    this.#inTurn(async (ort, { executionProviders }) => {
      const isOnGpu = executionProviders.includes('webgpu');
      const isBound = isOnGpu && keep.length > 0;
      const options = {
        executionProviders,
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        enableMemPattern: false,
        extra: {
          optimization: { disable_specified_optimizers: slowFusions },
          session: isPrepacked ? {} : { disable_prepacking: '1' },
        },
        ...(isBound && {
          preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, 'gpu-buffer' as const])),
        }),
        ...quiet,
      } as const;
      const session = await ort.InferenceSession.create(model, options).catch(refusal);
      if (isOnGpu) {
        await watchDevice(
          () => ort.env.webgpu.device,
          () => this.#programs.size === 0,
          this.#ended,
        );
      }
      const program = this.#next++;
      this.#programs.set(program, { session, isBound, kept: 0, isReleased: false });
      return {
        program,
        inputs: session.inputMetadata.map(describe),
        outputs: session.outputMetadata.map(describe),
        threads: ort.env.wasm.numThreads ?? 1,
      };
    });

  readonly run = ({ program, feeds, fetch, keep }: RunRequest): Promise<RunReply> =>
    this.#inTurn(async (ort, { executionProviders }) => {
      const tensors = Object.entries(feeds).map(([name, tensor]) => [
        name,
        isKept(tensor) ? this.#keptTensor(tensor.kept) : new ort.Tensor(tensor.type, tensor.data, tensor.shape),
      ]);
      const found = this.#program(program);
      if (found.isBound && found.hasFailed) {
        throw new SpentProgramError(
          'run: a run of this program failed; to keep results on the GPU, it must be compiled anew',
        );
      }
      found.hasFailed = true;
      const results = await found.session.run(Object.fromEntries(tensors), fetch, quiet).catch(async (error) => {
        if (executionProviders.includes('webgpu')) await lossNotice();
        throw found.isBound ? new SpentProgramError(`run: ${messageOf(error)}`) : error;
      });
      found.hasFailed = false;
      const replies = fetch.map(async (name) => [
        name,
        keep.includes(name) ? this.#keep(results[name], program) : await hostTensor(results[name]),
      ]);
      return Object.fromEntries(await Promise.all(replies));
    });

  readonly release = ({ program }: { program: number }): Promise<undefined> =>
    this.#inTurn(async () => {
      this.#program(program).isReleased = true;
      await this.#forget(program);
      return undefined;
    });

  readonly read = ({ kept }: { kept: number }): Promise<Calls['read']['out']> =>
    this.#inTurn(async () => {
      const tensor = await hostTensor(this.#keptTensor(kept), true);
      return { tensor: { ...tensor, data: tensor.data.slice() } };
    });

  readonly drop = ({ kept }: { kept: number }): Promise<undefined> =>
    this.#inTurn(async () => {
      const found = this.#kept.get(kept);
      if (!found) return undefined;
      this.#kept.delete(kept);
      found.tensor.dispose();
      this.#program(found.program, true).kept--;
      await this.#forget(found.program);
      return undefined;
    });

  /** Frees the session of a released program once none of its results is kept: on the GPU, they are in its memory. */
  async #forget(program: number): Promise<void> {
    const { session, kept, isReleased } = this.#program(program, true);
    if (!isReleased || kept > 0) return;
    this.#programs.delete(program);
    await session.release();
  }

  #inTurn<T>(work: (ort: Ort, settings: EngineSettings) => Promise<T>): Promise<T> {
    const turn = async () => {
      if (!this.#settings) throw new Error('web backend: the engine is not open');
      return work(this.#ort, this.#settings);
    };
    const result = this.#last.then(turn, turn);
    this.#last = result;
    return result;
  }

  #program(program: number, mayBeReleased = false): Program {
    const found = this.#programs.get(program);
    if (!found || (found.isReleased && !mayBeReleased)) {
      throw new Error(`web backend: there is no program ${program}`);
    }
    return found;
  }

  #keptTensor(kept: number): Tensor {
    const found = this.#kept.get(kept);
    if (!found) throw new Error(`web backend: there is no kept tensor ${kept}`);
    return found.tensor;
  }

  #keep(tensor: Tensor, program: number): KeptTensor {
    const { type, dims: shape } = tensor;
    const kept = this.#next++;
    this.#kept.set(kept, { tensor, program });
    this.#program(program).kept++;
    return { kept, type: hostType(type), shape };
  }
}

function describe(value: InferenceSession.ValueMetadata): ValueDescription {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { name: value.name, type: 'no tensor', shape: [] };
}

function hostType(type: Tensor.Type): HostType {
  if (isHostType(type)) return type;
  throw new Error(`web backend: cannot take a ${type} tensor`);
}

/** The tensor in the host's memory; one on the GPU is copied and freed there, unless it is kept. */
async function hostTensor(tensor: Tensor, isKept = false): Promise<HostTensor> {
  const data = await tensor.getData(!isKept);
  const type = hostType(tensor.type);
  if (areElements(type, data)) return { type, shape: tensor.dims, data };
  throw new Error(`web backend: cannot take a ${type} tensor held in a ${data.constructor.name}`);
}

function refusal(error: unknown): never {
  throw new InputError(`compile: the engine refused the model: ${messageOf(error)}`);
}

/** An engine in the calling thread. `ended` receives the reason if it ends by itself, as when its GPU is lost. */
export function ortEngine(ort: Ort, ended: (reason: string) => void = () => undefined): Engine {
  return new OrtEngine(ort, ended);
}
