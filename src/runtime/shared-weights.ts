import { inputName, type Tensor, topological } from '../graph/index.ts';
import { type Initializer, lower } from '../onnx/index.ts';
import type { Backend, CompileOptions, HeldWeights, Program } from './backend.ts';

/**
 * The number of elements from which a matrix is held outside the programs. Smaller ones cost little, and some fusions
 * read them.
 */
const leastHeld = 1024;

/**
 * The weights of one model in one engine, for all programs that read them: held once if the engine can, else stored in
 * each program. Must be disposed of, after the programs.
 */
export class SharedWeights {
  readonly backend: Backend;
  readonly #numbers: ReadonlyMap<string, Float32Array>;
  #held: HeldWeights | undefined;

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
  async compile(outputs: Readonly<Record<string, Tensor>>, options: CompileOptions = {}): Promise<Program> {
    this.#held ??= this.backend.holdWeights?.();
    const held = this.#held;
    const stored = this.#initializers(outputs, held?.file);
    const { bytes, external } = lower(outputs, stored);
    for (const name of external) held?.add(name, { type: 'float32', ...stored[name] });
    return this.backend.compile(bytes, { ...options, weights: held });
  }

  /** Releases the weights. Every program must be disposed of first; programs compiled later hold them again. */
  async dispose(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.dispose();
  }

  #initializers(outputs: Readonly<Record<string, Tensor>>, file?: string): Record<string, Initializer> {
    const named = topological(Object.values(outputs)).flatMap((node) => {
      const [tensor] = node.outputs;
      const name = inputName(tensor);
      const data = name === null ? undefined : this.#numbers.get(name);
      if (name === null || !data) return [];
      const shape = tensor.shape.map(Number);
      const isHeld = file !== undefined && shape.length > 1 && data.length >= leastHeld;
      return [[name, { shape, data, ...(isHeld && { externalFile: file }) }] as const];
    });
    return Object.fromEntries(named);
  }
}
