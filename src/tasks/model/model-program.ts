import type { Tensor } from '../../graph/index.ts';
import { type Parameter, type Scope, Trace } from '../../nn/index.ts';
import { lower } from '../../onnx/index.ts';
import type { Backend, Feeds, HostTensor, Program } from '../../runtime/backend.ts';

type Numbers = ReadonlyMap<string, Float32Array>;

/** A pass of a model without dropout, compiled once. Must be disposed of. */
export class ModelProgram {
  readonly #program: Program;
  /** What is fed with every run. */
  readonly #parameters: ReadonlyMap<string, Parameter>;

  private constructor(program: Program, parameters: ReadonlyMap<string, Parameter>) {
    this.#program = program;
    this.#parameters = parameters;
  }

  /** With `weights` the engine keeps them; without, every run is given other ones. */
  static async make(
    outputs: (root: Scope) => Readonly<Record<string, Tensor>>,
    backend: Backend,
    weights?: Numbers,
  ): Promise<ModelProgram> {
    const trace = new Trace();
    const traced = outputs(trace.root);
    const stored = weights ? parameterFeeds(trace.parameters, weights) : {};
    const program = await backend.compile(lower(traced, stored).bytes);
    return new ModelProgram(program, weights ? new Map() : trace.parameters);
  }

  /** Outputs by their names; of `feeds` those are taken that the program reads. */
  async run(feeds: Feeds, weights: Numbers = new Map()): Promise<Readonly<Record<string, HostTensor>>> {
    const all: Feeds = { ...parameterFeeds(this.#parameters, weights), ...feeds };
    const read = Object.fromEntries(this.#program.inputs.map((name) => [name, all[name]]));
    return (await this.#program.run(read)) as Record<string, HostTensor>;
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}

const parameterFeeds = (
  parameters: ReadonlyMap<string, Parameter>,
  weights: Numbers,
): Record<string, HostTensor & { readonly data: Float32Array }> =>
  Object.fromEntries(
    [...parameters].map(([name, { shape }]) => {
      const data = weights.get(name);
      if (!data) throw new Error(`model: parameter ${name} has no value`);
      return [name, { type: 'float32' as const, shape, data }];
    }),
  );
