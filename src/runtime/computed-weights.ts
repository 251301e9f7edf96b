import { input, substitute, type Tensor } from '../graph/index.ts';
import { type Initializer, lower } from '../onnx/index.ts';
import type { Backend, HostTensor } from './backend.ts';
import { ExpressionNumbers, weightExpressions } from './weight-expression.ts';

type Weights = Readonly<Record<string, Initializer>>;

/** What the graphs of one model compute of its weights alone, each expression computed once, by the engine. */
export class ComputedWeights {
  readonly #backend: Backend;
  readonly #numbers = new ExpressionNumbers();
  /** By the names of the inputs that take the place of the expressions. */
  readonly #values = new Map<string, Promise<Initializer>>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /**
   * A graph with inputs in place of its expressions of weights, and the numbers of those inputs.
   *
   * @param outputs a simplified graph.
   * @param weights the weights that it reads.
   * @param isHeld which of them are worth computing with outside the programs.
   */
  async replace(outputs: readonly Tensor[], weights: Weights, isHeld: (weight: Initializer) => boolean) {
    const found = weightExpressions(
      outputs,
      (name) => Object.hasOwn(weights, name),
      (name) => isHeld(weights[name]),
    );
    const names = this.#numbers.of(found).map((number) => `expression/${number}`);
    const tensors = new Map(names.map((name, i) => [name, found[i]]));
    this.#compute(new Map([...tensors].filter(([name]) => !this.#values.has(name))), weights);
    const inputs = new Map([...tensors].map(([name, { shape }]) => [name, input(name, shape)]));
    const values = [...tensors.keys()].map(async (name) => [name, await this.#values.get(name)] as const);
    return {
      outputs: substitute(outputs, new Map(found.map((tensor, i) => [tensor, inputs.get(names[i]) ?? tensor]))),
      values: Object.fromEntries(await Promise.all(values)) as Weights,
    };
  }

  /** Starts computing expressions; after a failure they are computed again when the next graph has them. */
  #compute(tensors: ReadonlyMap<string, Tensor>, weights: Weights): void {
    if (tensors.size === 0) return;
    const results = this.#run(Object.fromEntries(tensors), weights);
    for (const [name, { shape }] of tensors) {
      const value = results.then((result) => ({ shape: shape.map(Number), data: result[name].data as Float32Array }));
      this.#values.set(name, value);
      value.catch(() => this.#values.delete(name));
    }
  }

  async #run(outputs: Readonly<Record<string, Tensor>>, weights: Weights): Promise<Record<string, HostTensor>> {
    const { bytes, inputs } = lower(outputs);
    const program = await this.#backend.compile(bytes, { isPrepacked: false });
    try {
      const feeds = [...inputs.keys()].map((name) => [name, { type: 'float32', ...weights[name] }] as const);
      return (await program.run(Object.fromEntries(feeds))) as Record<string, HostTensor>;
    } finally {
      await program.dispose();
    }
  }
}
