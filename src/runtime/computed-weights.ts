import { elementCount, input, substitute, type Tensor } from '../graph/index.ts';
import { type Initializer, lower } from '../onnx/index.ts';
import type { Backend, HostTensor } from './backend.ts';
import { hostWeight } from './host-weight.ts';
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
    let last: Promise<unknown> = Promise.resolve();
    for (const [name, tensor] of tensors) {
      // One after the other, so that the engine's copies of one are freed before the next.
      const value = last.then(() => this.#valueOf(tensor, weights));
      this.#values.set(name, value);
      value.catch(() => this.#values.delete(name));
      last = value;
    }
  }

  async #valueOf(tensor: Tensor, weights: Weights): Promise<Initializer> {
    const { bytes, inputs } = lower({ value: tensor });
    const program = await this.#backend.compile(bytes, { isPrepacked: false, usesPlugin: false });
    try {
      const feeds = [...inputs.keys()].map((name) => [name, hostWeight(weights[name])] as const);
      const shape = tensor.shape.map(Number);
      const into: HostTensor = { type: 'float32', shape, data: new Float32Array(elementCount(shape)) };
      const { value } = await program.run(Object.fromEntries(feeds), { into: { value: into } });
      return { shape, data: (value as HostTensor).data as Float32Array };
    } finally {
      await program.dispose();
    }
  }
}
