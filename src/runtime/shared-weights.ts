import { inputName, simplify, type Tensor, topological } from '../graph/index.ts';
import { type Initializer, lower } from '../onnx/index.ts';
import type { Backend, CompileOptions, HeldWeights, Program } from './backend.ts';
import { ComputedWeights } from './computed-weights.ts';
import { hostWeight } from './host-weight.ts';
import { inOneOrder } from './one-order.ts';
import { quantizedGraph } from './quantized-graph.ts';
import { QuantizedWeights } from './quantized-weights.ts';

/**
 * The number of elements from which a matrix is held outside the programs. Smaller ones cost little, and some fusions
 * read them.
 */
const leastHeld = 1024;

const isLarge = ({ shape, data }: Initializer): boolean => shape.length > 1 && data.length >= leastHeld;

type Outputs = Readonly<Record<string, Tensor>>;

/** A model whose weights have their places: it can be compiled any number of times, until the weights are released. */
export interface PlacedModel {
  /** @throws {Error} when the engine held the weights and they are released; see {@link HeldWeights}. */
  compile(options?: CompileOptions): Promise<Program>;
}

/**
 * The weights of one model in one engine, for all programs that read them: held once if the engine can, else stored in
 * each program. What graphs compute of weights alone is held too, computed with the first program that needs it. Quantized
 * weights are read as they are; see {@link quantizedGraph}. Must be disposed of, after the programs.
 */
export class SharedWeights {
  readonly backend: Backend;
  readonly #numbers: ReadonlyMap<string, Float32Array>;
  #shared: { readonly held: HeldWeights; readonly computed: ComputedWeights } | undefined;

  /** @param numbers by the names of the graphs' inputs; they must not change before `dispose`. */
  constructor(backend: Backend, numbers: ReadonlyMap<string, Float32Array>) {
    this.backend = backend;
    this.#numbers = numbers;
  }

  /**
   * Compiles the graph of `outputs`. Inputs with the name of a weight take that weight; the others stay inputs.
   *
   * @throws {Error} when a weight and the input of its name differ in size; else as {@link lower} and the engine.
   */
  async compile(traced: Outputs, options: CompileOptions = {}): Promise<Program> {
    const model = await this.place(traced);
    return model.compile(options);
  }

  /** The model of a graph as {@link SharedWeights.compile} compiles it, for programs that differ only in their options. */
  async place(traced: Outputs): Promise<PlacedModel> {
    const { outputs, values } = this.#quantized(traced);
    const weights = { ...this.#weightsOf(outputs), ...values };
    this.#shared ??= this.#hold();
    if (!this.#shared) {
      const { bytes } = lower(outputs, weights, this.backend);
      return { compile: (options) => this.backend.compile(bytes, options) };
    }
    const { held, computed } = this.#shared;
    const names = Object.keys(outputs);
    const simplified = simplify(Object.values(outputs));
    const ordered = this.backend.habits ? simplified : inOneOrder(simplified);
    const graph = await computed.replace(ordered, weights, isLarge);
    const stored = Object.fromEntries(
      Object.entries({ ...weights, ...graph.values }).map(([name, weight]) => [
        name,
        isLarge(weight) ? { ...weight, externalFile: held.file } : weight,
      ]),
    );
    const placed = Object.fromEntries(names.map((name, i) => [name, graph.outputs[i]]));
    const { bytes, external } = lower(placed, stored, this.backend);
    for (const name of external) held.add(name, hostWeight(stored[name]));
    return { compile: (options) => this.backend.compile(bytes, { ...options, weights: held }) };
  }

  /** Releases the weights. Every program must be disposed of first; programs compiled later hold them again. */
  async dispose(): Promise<void> {
    const held = this.#shared?.held;
    this.#shared = undefined;
    await held?.dispose();
  }

  #hold() {
    const held = this.backend.holdWeights?.();
    return held && { held, computed: new ComputedWeights(this.backend) };
  }

  #quantized(traced: Outputs): { readonly outputs: Outputs; readonly values: Readonly<Record<string, Initializer>> } {
    if (!(this.#numbers instanceof QuantizedWeights)) return { outputs: traced, values: {} };
    const names = Object.keys(traced);
    const { outputs, values } = quantizedGraph(Object.values(traced), this.#numbers);
    return { outputs: Object.fromEntries(names.map((name, i) => [name, outputs[i]])), values };
  }

  /** The weights in float32 that a graph reads. */
  #weightsOf(outputs: Outputs): Record<string, Initializer> {
    const named = topological(Object.values(outputs)).flatMap(({ outputs: [tensor] }) => {
      const name = inputName(tensor);
      const data = name === null ? undefined : this.#numbers.get(name);
      return name === null || !data ? [] : [[name, { shape: tensor.shape.map(Number), data }] as const];
    });
    return Object.fromEntries(named);
  }
}
