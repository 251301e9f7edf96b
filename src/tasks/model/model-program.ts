import type { Tensor } from '../../graph/index.ts';
import { type Parameter, type Scope, Trace } from '../../nn/index.ts';
import { lower } from '../../onnx/index.ts';
import type { Backend, CompileOptions, Feeds, HostTensor, Program } from '../../runtime/backend.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';

type Numbers = ReadonlyMap<string, Float32Array>;

/** Outputs of a graph by name, as far as the model has them. */
export type GraphOutputs = Readonly<Record<string, Tensor>>;

/** Their numbers. */
export type HostOutputs<Outputs> = { readonly [Name in keyof Outputs]: HostTensor };

/** A forward pass of a model without dropout, compiled once. Must be disposed of. */
export class ModelProgram<Outputs extends object> {
  readonly #program: Program;
  /** The inputs of every run. */
  readonly #parameters: ReadonlyMap<string, Parameter>;

  private constructor(program: Program, parameters: ReadonlyMap<string, Parameter>) {
    this.#program = program;
    this.#parameters = parameters;
  }

  /** With shared weights the engine holds them; otherwise every run brings its own. */
  static async make<Outputs extends object>(
    outputs: (root: Scope) => Outputs & GraphOutputs,
    engine: Backend | SharedWeights,
    options?: CompileOptions,
  ): Promise<ModelProgram<Outputs>> {
    const trace = new Trace({ isTapped: false });
    const traced: GraphOutputs = outputs(trace.root);
    if (engine instanceof SharedWeights) return new ModelProgram(await engine.compile(traced, options), new Map());
    return new ModelProgram(await engine.compile(lower(traced, {}, engine).bytes, options), trace.parameters);
  }

  /** Outputs by name; of `feeds`, only the inputs of the program are used. */
  async run(feeds: Feeds, weights: Numbers = new Map(), signal?: AbortSignal): Promise<HostOutputs<Outputs>> {
    const all = Object.entries<Feeds[string]>({ ...parameterFeeds(this.#parameters, weights), ...feeds });
    const read = Object.fromEntries(all.filter(([name]) => this.#program.inputs.includes(name)));
    return (await this.#program.run(read, signal && { signal })) as HostOutputs<Outputs>;
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
