/**
 * ONNX Runtime through its C API.
 *
 * `run` works on another thread: timers fire, sockets answer, and programs overlap. Only short runs by themselves are made
 * on the JavaScript thread. Feeds and `into` tensors are used in place, so until the run resolves, do not write to a tensor
 * or transfer its buffer. Runs use threads of libuv's pool (4, or `UV_THREADPOOL_SIZE`), which they share with file reads.
 */

import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { elementCount } from '../../graph/ir/value.ts';
import { InputError } from '../../io/error.ts';
import { removeAtExit } from '../../io/leftover.ts';
import type {
  Backend,
  CompileOptions,
  EngineTensor,
  Feeds,
  HostTensor,
  NodeAssignment,
  ProfiledProgram,
  Program,
  RecordedRun,
  RunOptions,
} from '../backend.ts';
import { Turnstile } from '../queue/turnstile.ts';
import { checkRun, isEngineTensor, type Signature } from '../signature.ts';
import { NameTable } from './name-table.ts';
import { type Address, OrtLibrary } from './ort-library.ts';
import { recordedRuns } from './ort-profile.ts';
import {
  createSession,
  endProfiling,
  releaseSession,
  type SessionOptions,
  type SessionParts,
  signatureOf,
} from './ort-session.ts';
import { hostTensor, OrtTensor, ortValue, shapeOf } from './ort-value.ts';
import { OrtWeights } from './ort-weights.ts';
import { nodeAssignment } from './plugin/node-assignment.ts';
import type { Provider } from './plugin/provider.ts';
import { LastRun, ShortRuns } from './short-runs.ts';

/** Ends a run when its signal is aborted: the engine checks before every operator, inside loops too. */
class Termination {
  readonly options: Address;
  readonly #library: OrtLibrary;
  readonly #signal: AbortSignal;
  readonly #end = () => this.#library.call('RunOptionsSetTerminate', this.options);

  constructor(library: OrtLibrary, signal: AbortSignal) {
    this.#library = library;
    this.#signal = signal;
    this.options = library.get('CreateRunOptions');
    signal.addEventListener('abort', this.#end, { once: true });
  }

  /** After the run. */
  release(): void {
    this.#signal.removeEventListener('abort', this.#end);
    this.#library.call('ReleaseRunOptions', this.options);
  }
}

/** Of all programs of the process, which share its JavaScript thread. */
const shortRuns = new ShortRuns();

class CapiProgram implements Program {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly assignment: NodeAssignment | undefined;
  readonly #library: OrtLibrary;
  readonly #session: Address;
  readonly #signature: Signature;
  readonly #names: NameTable;
  readonly #turnstile = new Turnstile();
  /** Whether an output can share the memory of an input. A plugin may have written some of it before it reads the rest. */
  readonly #writesOver: boolean;
  /** Absent with a plugin, which compiles when it meets a new shape. */
  readonly #lastRun: LastRun | undefined;
  /** Kept alive: the session reads them in place. */
  readonly weights: OrtWeights | undefined;

  constructor(library: OrtLibrary, session: Address, { weights, provider }: SessionParts) {
    const signature = signatureOf(library, session);
    this.#library = library;
    this.#session = session;
    this.weights = weights;
    this.#writesOver = !provider;
    this.#lastRun = provider ? undefined : new LastRun();
    this.assignment = provider && nodeAssignment(library, session, provider.name);
    this.#signature = signature;
    this.inputs = [...signature.inputs.keys()];
    this.outputs = [...signature.outputs.keys()];
    this.#names = new NameTable(library, [...this.inputs, ...this.outputs]);
  }

  run(feeds: Feeds, options: RunOptions = {}): Promise<Record<string, HostTensor | EngineTensor>> {
    return this.#turnstile.enter(options.signal, () => this.#run(feeds, options));
  }

  dispose(): Promise<void> {
    return this.#turnstile.close(() => releaseSession(this.#library, this.#session));
  }

  /** Ends the recording; returns the path of its file. No run may be in flight. */
  endProfiling(): string {
    return endProfiling(this.#library, this.#session);
  }

  async #run(feeds: Feeds, options: RunOptions): Promise<Record<string, HostTensor | EngineTensor>> {
    const { into = {}, keep = [], overwrite = {}, signal } = options;
    const fetch = checkRun(this.#signature, feeds, options);
    const library = this.#library;
    const termination = signal && new Termination(library, signal);
    const owned = new Set<Address>();
    const borrowed: OrtTensor[] = [];
    const own = (value: Address): Address => {
      owned.add(value);
      return value;
    };
    const spent = new Map<string, Address>();
    const writtenOver = new Map<string, Address>();
    try {
      // Taken first: whatever fails after this, they are released.
      for (const [output, input] of Object.entries(overwrite)) {
        const tensor = feeds[input];
        if (!(tensor instanceof OrtTensor)) continue;
        const value = own(tensor.give());
        spent.set(input, value);
        if (this.#writesOver) writtenOver.set(output, value);
      }
      const given = BigUint64Array.from(this.inputs, (name) => {
        const tensor = feeds[name];
        if (!isEngineTensor(tensor)) return own(ortValue(library, tensor));
        if (!(tensor instanceof OrtTensor)) {
          throw new InputError(`run: input "${name}" must be a host tensor or one kept by this engine`);
        }
        const taken = spent.get(name);
        if (taken !== undefined) return taken;
        const value = tensor.acquire();
        borrowed.push(tensor);
        return value;
      });
      const isGiven = (name: string): boolean => Object.hasOwn(into, name);
      const results = BigUint64Array.from(fetch, (name) =>
        isGiven(name) ? own(ortValue(library, into[name])) : (writtenOver.get(name) ?? 0n),
      );
      const args = [
        this.#session,
        termination?.options ?? null,
        this.#names.pointers(this.inputs),
        given,
        given.length,
        this.#names.pointers(fetch),
        fetch.length,
        results,
      ];
      const elsewhere = () =>
        library.callAsync('Run', args, { pinned: [this, Object.values(feeds), Object.values(into)], signal });
      const last = this.#lastRun;
      const sizes = this.inputs.map((name) => elementCount(feeds[name].shape));
      await (last ? shortRuns.make({ last, sizes, here: () => library.call('Run', ...args), elsewhere }) : elsewhere());
      return Object.fromEntries(
        fetch.map((name, i) => {
          if (isGiven(name)) return [name, into[name]];
          const { type } = this.#signature.outputs.get(name)!;
          if (keep.includes(name)) {
            owned.delete(results[i]);
            const input = writtenOver.has(name) ? overwrite[name] : undefined;
            const { shape } = input === undefined ? { shape: shapeOf(library, results[i]) } : feeds[input];
            return [name, new OrtTensor(library, results[i], type, shape)];
          }
          return [name, hostTensor(library, own(results[i]), type)];
        }),
      );
    } finally {
      termination?.release();
      for (const value of owned) library.call('ReleaseValue', value);
      for (const tensor of borrowed) tensor.release();
    }
  }
}

/** A folder for the recording of a program, removed at the latest when the process ends. */
async function recordingFolder() {
  const path = await mkdtemp(join(tmpdir(), 'heddle-profile-'));
  const keepAtExit = removeAtExit(() => rmSync(path, { recursive: true, force: true }));
  const remove = async () => {
    await rm(path, { recursive: true, force: true });
    keepAtExit();
  };
  return { path, remove };
}

/** A program that records its runs in a folder of its own, which is removed with it. */
class ProfiledCapiProgram implements ProfiledProgram {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #program: CapiProgram;
  readonly #remove: () => Promise<void>;
  #runs?: Promise<readonly RecordedRun[]>;

  constructor(program: CapiProgram, remove: () => Promise<void>) {
    this.inputs = program.inputs;
    this.outputs = program.outputs;
    this.#program = program;
    this.#remove = remove;
  }

  run(feeds: Feeds, options?: RunOptions): Promise<Record<string, HostTensor | EngineTensor>> {
    return this.#program.run(feeds, options);
  }

  recordedRuns(): Promise<readonly RecordedRun[]> {
    this.#runs ??= recordedRuns(this.#program.endProfiling());
    return this.#runs;
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
    await this.#remove();
  }
}

let opened: OrtLibrary | undefined;

/** The library, opened once per process. @throws {Error} when koffi or the library cannot be loaded on this machine. */
export function ortLibrary(): OrtLibrary {
  opened ??= new OrtLibrary();
  return opened;
}

/** The number of runs that libuv's pool has threads for. */
const mostRuns = 4;

/**
 * The engine through its C API.
 *
 * @param provider the plugin that runs what it can; default: none.
 * @throws {Error} when koffi or the library cannot be loaded on this machine.
 */
export function capiBackend(provider?: Provider): Backend {
  const library = ortLibrary();
  const open = async (model: Uint8Array, options: SessionOptions): Promise<CapiProgram> => {
    const { weights } = options;
    if (weights !== undefined && !(weights instanceof OrtWeights)) {
      throw new InputError('compile: the weights must be held by this engine');
    }
    const session = await createSession(library, model, options, { weights, provider }).catch((error: unknown) => {
      throw new InputError(`compile: the engine refused the model: ${error instanceof Error ? error.message : error}`);
    });
    try {
      return new CapiProgram(library, session, { weights, provider });
    } catch (error) {
      await releaseSession(library, session);
      throw error;
    }
  };
  const compileProfiled = async (model: Uint8Array, options: CompileOptions = {}): Promise<ProfiledProgram> => {
    const { path, remove } = await recordingFolder();
    try {
      return new ProfiledCapiProgram(await open(model, { ...options, profile: join(path, 'runs') }), remove);
    } catch (error) {
      await remove();
      throw error;
    }
  };
  return {
    name: provider?.name ?? 'cpu',
    parallelism: mostRuns,
    cores: availableParallelism(),
    ...(provider?.habits && { habits: provider.habits }),
    ...(provider?.bf16 && { bf16: provider.bf16 }),
    // Plugins do not see weights that are given to a session beside its model.
    ...(!provider && { holdWeights: () => new OrtWeights(library) }),
    compile: (model: Uint8Array, options: CompileOptions = {}): Promise<Program> => open(model, options),
    // What a plugin runs is recorded as one node.
    ...(!provider && { compileProfiled }),
  };
}
