/** A compiled program of the web engine, and the results it keeps. */

import { InputError, reportAll } from '../../io/error.ts';
import type { EngineTensor, Feeds, HostTensor, HostType, Program, RunOptions } from '../backend.ts';
import { Turnstile } from '../queue/turnstile.ts';
import { checkRun, disposeSpent, isEngineTensor, type Signature, signaturesOf } from '../signature.ts';
import { type CompiledProgram, type Engine, isKept, type KeptTensor, type RunRequest } from './calls.ts';

class WebTensor implements EngineTensor {
  readonly kind = 'engine';
  readonly engine: Engine;
  readonly type: HostType;
  readonly shape: readonly number[];
  readonly #kept: number;
  #disposed = false;

  constructor(engine: Engine, { kept, type, shape }: KeptTensor) {
    this.engine = engine;
    this.type = type;
    this.shape = shape;
    this.#kept = kept;
  }

  get kept(): number {
    if (this.#disposed) throw new InputError('a kept tensor was used after it was disposed of');
    return this.#kept;
  }

  async read(): Promise<HostTensor> {
    return (await this.engine.read({ kept: this.kept })).tensor;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // If the worker is gone, the tensor is already freed.
    this.engine.drop({ kept: this.#kept }).catch(() => undefined);
  }
}

class WebProgram implements Program {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #engine: Engine;
  readonly #program: number;
  readonly #signature: Signature;
  readonly #turnstile = new Turnstile();

  constructor(engine: Engine, { program, inputs, outputs }: CompiledProgram, signature: Signature) {
    this.#engine = engine;
    this.#program = program;
    this.#signature = signature;
    this.inputs = inputs.map(({ name }) => name);
    this.outputs = outputs.map(({ name }) => name);
  }

  run(feeds: Feeds, options: RunOptions = {}): Promise<Record<string, HostTensor | EngineTensor>> {
    return this.#turnstile.enter(options.signal, async () => {
      const { keep = [], into = {} } = options;
      const fetch = checkRun(this.#signature, feeds, options);
      try {
        const fed = Object.entries(feeds).map(([name, tensor]) => [name, this.#feed(name, tensor)]);
        const request: RunRequest = { program: this.#program, feeds: Object.fromEntries(fed), fetch, keep };
        const results = await this.#engine.run(request);
        checkInto(into, results);
        return Object.fromEntries(
          Object.entries(results).map(([name, tensor]) => [
            name,
            isKept(tensor) ? new WebTensor(this.#engine, tensor) : tensor,
          ]),
        );
      } finally {
        disposeSpent(feeds, options);
      }
    });
  }

  dispose(): Promise<void> {
    return this.#turnstile.close(() => this.#engine.release({ program: this.#program }));
  }

  #feed(name: string, tensor: HostTensor | EngineTensor): HostTensor | { readonly kept: number } {
    if (!isEngineTensor(tensor)) return tensor;
    if (tensor instanceof WebTensor && tensor.engine === this.#engine) return { kept: tensor.kept };
    throw new InputError(`run: input "${name}" must be a host tensor or one kept by this engine`);
  }
}

/** The given tensors are not written, but a wrong one is refused, as in engines that write them. */
function checkInto(
  into: Readonly<Record<string, HostTensor>>,
  results: Readonly<Record<string, { shape: readonly number[] }>>,
): void {
  const violations = Object.entries(into).flatMap(([name, { shape }]) => {
    const found = Object.hasOwn(results, name) ? results[name].shape : shape;
    return found.join() === shape.join()
      ? []
      : [`the tensor for output "${name}" must have shape [${found.join(', ')}], got [${shape.join(', ')}]`];
  });
  if (violations.length > 0) throw reportAll('run', violations);
}

/**
 * A compiled program, to be run from this side.
 *
 * @throws {InputError} when an input or output cannot be fed or fetched, see {@link signaturesOf}; the engine then
 *   forgets the program.
 */
export async function programOf(engine: Engine, compiled: CompiledProgram): Promise<Program> {
  try {
    const signature = { inputs: signaturesOf(compiled.inputs), outputs: signaturesOf(compiled.outputs) };
    return new WebProgram(engine, compiled, signature);
  } catch (error) {
    await engine.release({ program: compiled.program });
    throw error;
  }
}
