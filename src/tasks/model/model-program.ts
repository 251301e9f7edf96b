import type { Tensor } from '../../graph/index.ts';
import { type Parameter, type Scope, Trace } from '../../nn/index.ts';
import { lower } from '../../onnx/index.ts';
import type { Backend, CompileOptions, Feeds, HostTensor, Program } from '../../runtime/backend.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';

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

  /** With shared weights the engine keeps them; with an engine alone, every run is given other ones. */
  static async make(
    outputs: (root: Scope) => Readonly<Record<string, Tensor>>,
    engine: Backend | SharedWeights,
    options?: CompileOptions,
  ): Promise<ModelProgram> {
    const trace = new Trace();
    const traced = outputs(trace.root);
    if (engine instanceof SharedWeights) return new ModelProgram(await engine.compile(traced, options), new Map());
    return new ModelProgram(await engine.compile(lower(traced).bytes, options), trace.parameters);
  }

  /** Outputs by their names; of `feeds` those are taken that the program reads. */
  async run(
    feeds: Feeds,
    weights: Numbers = new Map(),
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, HostTensor>>> {
    const all: Feeds = { ...parameterFeeds(this.#parameters, weights), ...feeds };
    const read = Object.fromEntries(this.#program.inputs.map((name) => [name, all[name]]));
    return (await this.#program.run(read, signal && { signal })) as Record<string, HostTensor>;
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}

const parameterFeeds = (parameters: ReadonlyMap<string, Parameter>, weights: Numbers): Record<string, HostTensor> =>
  Object.fromEntries(
    [...parameters].map(([name, { shape }]) => {
      const data = weights.get(name);
      if (!data) throw new Error(`model: parameter ${name} has no value`);
      return [name, { type: 'float32', shape, data }];
    }),
  );
