import { add, elementCount, gradient, input, scanOp, type Tensor, topological } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { type Parameter, type Scope, Trace } from '../../nn/index.ts';
import { type LoweredModel, lower } from '../../onnx/index.ts';
import { normPart } from '../optimizers/clip.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';

/** Builds the loss of one micro-batch over a scope. */
export type LossTrace = (root: Scope) => Tensor;

/** What the graphs of a training depend on besides the loss. */
export interface TrainGraphConfig {
  readonly optimizer: Optimizer;
  /** Largest global norm of the gradients; 0: no clipping. */
  readonly maxGradNorm: number;
  /** Parameters that are not trained. */
  readonly frozen?: ReadonlySet<string>;
}

/** The name under which the training graphs take the gradient of a parameter, and give it with `next/` in front. */
export const gradientName = (parameter: string): string => `gradient/${parameter}`;

/** The output that becomes the input `name` of the next run. */
export const nextName = (name: string): string => `next/${name}`;

/** The graphs of training; each is lowered when it is asked for. */
export interface TrainGraphs {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Trained parameters, in the order of the trace: those that are not frozen and that the loss depends on. */
  readonly trained: readonly string[];
  readonly randoms: ReadonlyMap<string, Tensor>;
  /** Whether a batch is trained faster in parts side by side than by more threads; see {@link largestInShards}. */
  readonly gainsByShards: boolean;
  /** Largest global norm of the gradients; 0: no clipping. */
  readonly maxGradNorm: number;
  /**
   * Loss and gradients of one micro-batch: `loss`, `next/gradient/…`.
   *
   * @param isAdding adds the gradients to those it takes as `gradient/…`.
   */
  gradients(isAdding: boolean): LoweredModel;
  /** What a gradient's numbers, [count], one input a shard, `gradient`, `gradient.1`, …, give to the norm → `part`. */
  norm(shards: number): LoweredModel;
  /**
   * The update of any numbers, [count]: `parameter`, the shards' gradients, the optimizer's slots and `scalar/…`, when
   * clipping `gradient_scale` → `next/parameter` and `next/` slots.
   */
  update(shards: number): LoweredModel;
}

/**
 * The most trained numbers with which a net that goes step by step is trained in shards, since a step's small operators
 * gain little from a second thread. A shard more holds all gradients once more and reads the weights once more, 64 MB each
 * at the most. Measured with two shards on two cores: 11 million numbers gain 3 to 9 %.
 */
const largestInShards = 2 ** 24;

/** Under which name an update takes a shard's gradient. */
export const shardName = (shard: number): string => (shard === 0 ? 'gradient' : `gradient.${shard}`);

const numbers = (name: string): Tensor => input(name, ['count']);

/** The gradient: those of the shards, added in their order. */
const gradientOf = (shards: number): Tensor =>
  Array.from({ length: shards }, (_, shard) => numbers(shardName(shard))).reduce((a, b) => add(a, b));

/** Traces a model's loss once and gives the graphs that train it. */
export function trainGraphs(loss: LossTrace, { optimizer, maxGradNorm, frozen }: TrainGraphConfig): TrainGraphs {
  const trace = new Trace({ isTraining: true });
  const value = loss(trace.root);
  const { parameters, randoms } = trace;
  const candidates = [...parameters].filter(([name, { isTrained }]) => isTrained && !frozen?.has(name));
  const made = gradient(
    value,
    candidates.map(([, { tensor }]) => tensor),
  );
  const gradients = new Map(candidates.flatMap(([name], i) => (made[i] ? [[name, made[i]] as const] : [])));
  if (gradients.size === 0)
    throw new InputError('train: expected a parameter that the loss depends on, got none or only frozen ones');
  const isSequential = topological([value]).some(({ op }) => op === scanOp);
  const count = candidates.reduce((total, [, { shape }]) => total + elementCount(shape), 0);
  return {
    gainsByShards: isSequential && count <= largestInShards,
    maxGradNorm,
    parameters,
    trained: [...gradients.keys()],
    randoms,
    gradients(isAdding) {
      const sums = new Map(
        [...gradients].map(([name, g]) => [
          gradientName(name),
          isAdding ? add(input(gradientName(name), (parameters.get(name) as Parameter).shape), g) : g,
        ]),
      );
      return lower({ loss: value, ...Object.fromEntries([...sums].map(([name, g]) => [nextName(name), g])) });
    },
    norm: (shards) => lower({ part: normPart(gradientOf(shards)) }),
    update(shards) {
      const next = optimizer.update({
        parameter: numbers('parameter'),
        gradient: gradientOf(shards),
        gradientScale: maxGradNorm > 0 ? input('gradient_scale', []) : undefined,
        state: Object.fromEntries(optimizer.slots.map((slot) => [slot, numbers(slot)])),
        scalars: Object.fromEntries(
          Object.keys(optimizer.scalars(1, 0, true)).map((name) => [name, input(`scalar/${name}`, [])]),
        ),
      });
      const state = Object.entries(next.state).map(([slot, tensor]) => [nextName(slot), tensor]);
      return lower({ [nextName('parameter')]: next.parameter, ...Object.fromEntries(state) });
    },
  };
}
