import type { Tensor } from '../graph/index.ts';
import { InputError } from '../io/error.ts';
import { type Parameter, type Scope, Trace } from '../nn/index.ts';
import { lower } from '../onnx/index.ts';
import type { Backend, Feeds, HostTensor, Program } from '../runtime/backend.ts';
import type { Weights } from './weights.ts';

/** Results of a graph, by the names of its outputs. */
export type Values = Readonly<Record<string, HostTensor>>;

/** A graph compiled once and run with any weights, seeds and sizes, because sessions are expensive. */
export class Evaluation {
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly #program: Program;

  private constructor(parameters: ReadonlyMap<string, Parameter>, program: Program) {
    this.parameters = parameters;
    this.#program = program;
  }

  /** Traces without dropout; gradients may be among the outputs. */
  static async make(backend: Backend, outputs: (root: Scope) => Readonly<Record<string, Tensor>>): Promise<Evaluation> {
    const trace = new Trace();
    const { bytes } = lower(outputs(trace.root), {}, backend);
    return new Evaluation(trace.parameters, await backend.compile(bytes));
  }

  /**
   * Runs once.
   *
   * @throws {InputError} when a weight or an input is missing; lists all.
   */
  async run(weights: Weights, feeds: Feeds): Promise<Values> {
    const all: Feeds = { ...weights, ...feeds };
    const missing = this.#program.inputs.filter((name) => !Object.hasOwn(all, name));
    if (missing.length)
      throw new InputError(`evaluation: expected ${this.#program.inputs.join(', ')}, without ${missing.join(', ')}`);
    const wanted = Object.fromEntries(this.#program.inputs.map((name) => [name, all[name]]));
    return (await this.#program.run(wanted)) as Values;
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}

/** Makes an evaluation, uses it, and always frees it. */
export async function evaluating<T>(
  backend: Backend,
  outputs: (root: Scope) => Readonly<Record<string, Tensor>>,
  use: (evaluation: Evaluation) => Promise<T>,
): Promise<T> {
  const evaluation = await Evaluation.make(backend, outputs);
  try {
    return await use(evaluation);
  } finally {
    await evaluation.dispose();
  }
}
