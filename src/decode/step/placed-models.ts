import type { Tensor } from '../../graph/index.ts';
import type { CompileOptions, Program } from '../../runtime/backend.ts';
import type { PlacedModel, SharedWeights } from '../../runtime/shared-weights.ts';

/** A graph to be compiled. */
export interface StepGraph {
  readonly outputs: Readonly<Record<string, Tensor>>;
}

interface KeptModel {
  readonly model: PlacedModel;
  /** Their names. */
  readonly outputs: readonly string[];
}

/** The most models kept for lanes that compile them later: a few hundred kilobytes each. */
const mostModels = 16;

/**
 * The models of the programs of several lanes: each is traced and lowered once, by the lane that needs it first. They are
 * kept only where the engine holds the weights; elsewhere they contain them.
 */
export class PlacedModels {
  readonly weights: SharedWeights;
  /** Least recently used first. */
  readonly #models = new Map<string, Promise<KeptModel>>();

  constructor(weights: SharedWeights) {
    this.weights = weights;
  }

  /**
   * Compiles the graph of a key; a key always means the same graph.
   *
   * @param keeps whether most runs keep an output in the engine.
   */
  async compile(
    key: string,
    graph: () => StepGraph,
    keeps: (output: string) => boolean,
    options: CompileOptions,
  ): Promise<Program> {
    const { model, outputs } = await this.#model(key, graph);
    return model.compile({ ...options, keep: outputs.filter(keeps) });
  }

  #model(key: string, graph: () => StepGraph): Promise<KeptModel> {
    const known = this.#models.get(key);
    const kept = known ?? this.#place(graph());
    if (!this.weights.backend.holdWeights) return kept;
    if (!known) kept.catch(() => this.#models.delete(key));
    this.#models.delete(key);
    this.#models.set(key, kept);
    for (const oldest of this.#models.keys()) if (this.#models.size > mostModels) this.#models.delete(oldest);
    return kept;
  }

  async #place({ outputs }: StepGraph): Promise<KeptModel> {
    return { model: await this.weights.place(outputs), outputs: Object.keys(outputs) };
  }
}
