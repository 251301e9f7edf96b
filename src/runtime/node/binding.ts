/**
 * ONNX Runtime through the binding of `onnxruntime-node`.
 *
 * The fallback in Node: `run` blocks the JavaScript thread while the engine works, and every output is copied, even if
 * it is written to a given tensor.
 */

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { hostTypes } from '../../graph/ir/dtype.ts';
import { InputError } from '../../io/error.ts';
import type {
  Backend,
  CompileOptions,
  EngineTensor,
  Feeds,
  HostTensor,
  HostType,
  Program,
  RunOptions,
} from '../backend.ts';
import { Turnstile } from '../queue/turnstile.ts';
import {
  areElements,
  checkRun,
  disposeSpent,
  isEngineTensor,
  type Signature,
  signaturesOf,
  type ValueDescription,
} from '../signature.ts';
import { slowFusions } from '../slow-fusions.ts';

/** The binding has the interface of `onnxruntime-common`, whose types exist even if the binding is not installed. */
type Engine = typeof import('onnxruntime-common');

/** A result that stays in the binding's own tensor. */
class BindingTensor implements EngineTensor {
  readonly kind = 'engine';
  #tensor: Tensor | undefined;

  constructor(
    tensor: Tensor,
    readonly type: HostType,
    readonly shape: readonly number[],
  ) {
    this.#tensor = tensor;
  }

  get tensor(): Tensor {
    if (!this.#tensor) throw new InputError('a kept tensor was used after it was disposed of');
    return this.#tensor;
  }

  async read(): Promise<HostTensor> {
    return { type: this.type, shape: this.shape, data: hostData(this.type, this.tensor.data).slice() };
  }

  dispose(): void {
    this.#tensor = undefined;
  }
}

class BindingProgram implements Program {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #engine: Engine;
  readonly #session: InferenceSession;
  readonly #signature: Signature;
  readonly #turnstile = new Turnstile();

  constructor(engine: Engine, session: InferenceSession) {
    this.#engine = engine;
    this.#session = session;
    this.#signature = {
      inputs: signaturesOf(session.inputMetadata.map(describe)),
      outputs: signaturesOf(session.outputMetadata.map(describe)),
    };
    this.inputs = session.inputNames;
    this.outputs = session.outputNames;
  }

  run(feeds: Feeds, options: RunOptions = {}): Promise<Record<string, HostTensor | EngineTensor>> {
    return this.#turnstile.enter(options.signal, async () => {
      const fetch = checkRun(this.#signature, feeds, options);
      try {
        const fed = Object.entries(feeds).map(([name, tensor]) => [name, this.#feed(name, tensor)]);
        const results = await this.#session.run(Object.fromEntries(fed), this.#asked(fetch));
        return Object.fromEntries(fetch.map((name) => [name, this.#result(name, results[name], options)]));
      } finally {
        disposeSpent(feeds, options);
      }
    });
  }

  dispose(): Promise<void> {
    return this.#turnstile.close(() => this.#session.release());
  }

  /** The binding treats inherited names, such as `toString`, as requested outputs; then request all. */
  #asked(fetch: readonly string[]): readonly string[] {
    return this.outputs.some((name) => name in Object.prototype) ? this.outputs : fetch;
  }

  #feed(name: string, tensor: HostTensor | EngineTensor): Tensor {
    if (!isEngineTensor(tensor)) return new this.#engine.Tensor(tensor.type, tensor.data, tensor.shape);
    if (tensor instanceof BindingTensor) return tensor.tensor;
    throw new InputError(`run: input "${name}" must be a host tensor or one kept by this engine`);
  }

  #result(name: string, tensor: Tensor, { into = {}, keep = [] }: RunOptions): HostTensor | EngineTensor {
    const { type } = this.#signature.outputs.get(name)!;
    const shape = tensor.dims;
    if (keep.includes(name)) return new BindingTensor(tensor, type, shape);
    const data = hostData(type, tensor.data);
    if (!Object.hasOwn(into, name)) return { type, shape, data };
    const target = into[name];
    if (target.shape.join() !== shape.join()) {
      throw new InputError(
        `run: the tensor for output "${name}" must have shape [${shape.join(', ')}], got [${target.shape.join(', ')}]`,
      );
    }
    copy(data, target.data);
    return target;
  }
}

function copy(from: HostTensor['data'], to: HostTensor['data']): void {
  const bytes = (data: HostTensor['data']) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  bytes(to).set(bytes(from));
}

function hostData(type: HostType, data: Tensor['data']): HostTensor['data'] {
  if (areElements(type, data)) return data;
  const { name } = hostTypes[type].array;
  throw new Error(`engine binding: ${type} data must be a ${name}, got a ${data.constructor.name}`);
}

const describe = (value: InferenceSession.ValueMetadata): ValueDescription =>
  value.isTensor ? value : { name: value.name, type: 'no tensor', shape: [] };

/** @throws {Error} when the package is not installed, or its native part does not load on this machine. */
export function bindingBackend(): Backend {
  const engine: Engine = createRequire(import.meta.url)('onnxruntime-node');
  return {
    name: 'binding',
    cores: availableParallelism(),
    async compile(model: Uint8Array, options: CompileOptions = {}): Promise<Program> {
      const session = await engine.InferenceSession.create(model, {
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        enableMemPattern: false,
        logSeverityLevel: 4,
        ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
        extra: {
          optimization: { disable_specified_optimizers: slowFusions },
          session: options.isPrepacked === false ? { disable_prepacking: '1' } : {},
        },
      }).catch((error: unknown) => {
        throw new InputError(
          `compile: the engine refused the model: ${error instanceof Error ? error.message : error}`,
        );
      });
      return new BindingProgram(engine, session);
    },
  };
}
