import { add, elementCount, gradient, input, scanOp, showShape, type Tensor, topological } from '../../graph/index.ts';
import { InputError, reportAll } from '../../io/error.ts';
import { type Drawn, type Parameter, type Scope, Trace } from '../../nn/index.ts';
import { type LoweredModel, type LowerOptions, lower } from '../../onnx/index.ts';
import { normPart } from '../optimizers/clip.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';

/** Builds the loss of one micro-batch in a scope. */
export type LossTrace = (root: Scope) => Tensor;

/** What the graphs of a training depend on besides the loss. */
export interface TrainGraphConfig {
  readonly optimizer: Optimizer;
  /** The largest global norm of the gradients; 0: no clipping. */
  readonly maxGradNorm: number;
  /** Every parameter of the model, also those that the loss does not read. Default: those that it reads. */
  readonly parameters?: ReadonlyMap<string, Parameter> | undefined;
  /** Parameters that are not trained. */
  readonly frozen?: ReadonlySet<string> | undefined;
  /** Whether the nodes of the gradients carry the whole paths of their layers. Default false. */
  readonly isProfiled?: boolean | undefined;
}

/** The name under which graphs take a parameter's gradient; they return it with the prefix `next/`. */
export const gradientName = (parameter: string): string => `gradient/${parameter}`;

/** The output that becomes the input `name` of the next run. */
export const nextName = (name: string): string => `next/${name}`;

/** The graphs of a training; each is lowered on demand. */
export interface TrainGraphs {
  /** All that a run holds: first those that the loss reads, in the order of the trace, then the model's others. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Trained parameters, in the order of the trace: not frozen, and the loss depends on them. */
  readonly trained: readonly string[];
  readonly randoms: ReadonlyMap<string, Tensor>;
  readonly draws: ReadonlyMap<string, Drawn>;
  /** The fewest tokens of a batch that trains faster in parallel parts than with more threads; see `shardLimits`. */
  readonly tokensForShards: number;
  /** Whether the loss has a loop over steps, as that of a recurrent network. */
  readonly isSequential: boolean;
  /** The largest global norm of the gradients; 0: no clipping. */
  readonly maxGradNorm: number;
  /**
   * Loss and gradients of one micro-batch: `loss`, `next/gradient/…`.
   *
   * @param isAdding whether to add the gradients to the inputs `gradient/…`.
   * @param engine the engine, whose habits decide on the form of the graph.
   */
  gradients(isAdding: boolean, engine?: LowerOptions): LoweredModel;
  /**
   * What the numbers of a gradient, [count], with one input per shard, `gradient`, `gradient.1`, …, contribute to the
   * norm → `part`.
   */
  norm(shards: number): LoweredModel;
  /**
   * The update of any [count] numbers: `parameter`, the shards' gradients, the optimizer's slots, `scalar/…` and, for
   * clipping, `gradient_scale` → `next/parameter` and `next/` slots.
   */
  update(shards: number): LoweredModel;
}

/**
 * The networks whose batches are trained in shards, and the fewest tokens of such a batch. The numbers of a network are all
 * that the loss reads, or those that are trained of a recurrent one. Narrow operators gain little from a second thread, and
 * some run on one thread only. But each shard adds a copy of all gradients and reads all weights again, 64 or 128 MB each at
 * most: about 2 ns a number, which only a batch of many tokens makes up for where there are many numbers.
 *
 * Measured on two cores of an AMD EPYC (Zen 4), one thread in each of two shards instead of two threads: a Transformer of
 * 2.4 million numbers gains 22 %, one of 7.6 million 18 %, a recurrent network of 11 million 3 to 9 %. Processor time beside
 * one shard of one thread: a BERT of 21 million numbers takes 4 % less with 1,024 tokens; one of 23 million 2 % less with
 * 2,048 and 23 % more with 192.
 */
const shardLimits = [
  { numbers: 2 ** 24, tokens: 0 },
  { numbers: 2 ** 25, tokens: 1024 },
] as const;

/** See {@link TrainGraphs.tokensForShards}; larger recurrent networks are not measured. */
const tokensForShards = (numbers: number, isSequential: boolean): number =>
  shardLimits.slice(0, isSequential ? 1 : undefined).find((limit) => numbers <= limit.numbers)?.tokens ??
  Number.POSITIVE_INFINITY;

/** The name under which an update takes the gradient of a shard. */
export const shardName = (shard: number): string => (shard === 0 ? 'gradient' : `gradient.${shard}`);

const numbers = (name: string): Tensor => input(name, ['count']);

/** The sum of the shards' gradients, in order. */
const gradientOf = (shards: number): Tensor =>
  Array.from({ length: shards }, (_, shard) => numbers(shardName(shard))).reduce((a, b) => add(a, b));

/** The parameters that a loss reads, then the others of the model. @throws {InputError} that lists what differs. */
function heldParameters(
  read: ReadonlyMap<string, Parameter>,
  ofModel: ReadonlyMap<string, Parameter>,
): ReadonlyMap<string, Parameter> {
  const violations = [...read].flatMap(([name, { shape }]) => {
    const own = ofModel.get(name)?.shape;
    if (own && String(own) === String(shape)) return [];
    return [`expected ${name} ${showShape(shape)}, which the loss reads, got ${own ? showShape(own) : 'none'}`];
  });
  if (violations.length) throw reportAll('train: parameters of the model', violations);
  return new Map([...read, ...[...ofModel].filter(([name]) => !read.has(name))]);
}

/**
 * Traces a model's loss once and provides the graphs that train it.
 *
 * @throws {InputError} when there is nothing to train, when the model lacks a parameter that the loss reads, or when a
 *   frozen parameter does not exist.
 */
export function trainGraphs(
  loss: LossTrace,
  { optimizer, maxGradNorm, parameters: ofModel, frozen, isProfiled }: TrainGraphConfig,
): TrainGraphs {
  const trace = new Trace({ isTraining: true, isTapped: false, isProfiled });
  const value = loss(trace.root);
  const { randoms, draws } = trace;
  const parameters = ofModel ? heldParameters(trace.parameters, ofModel) : trace.parameters;
  const unknown = [...(frozen ?? [])].filter((name) => !parameters.has(name));
  if (unknown.length) throw new InputError(`train: expected parameters to freeze, got ${unknown.join(', ')}`);
  const candidates = [...trace.parameters].filter(([name, { isTrained }]) => isTrained && !frozen?.has(name));
  const made = gradient(
    value,
    candidates.map(([, { tensor }]) => tensor),
  );
  const gradients = new Map(candidates.flatMap(([name], i) => (made[i] ? [[name, made[i]] as const] : [])));
  if (gradients.size === 0)
    throw new InputError('train: nothing to train: the loss depends on no parameter, or only on frozen ones');
  const isSequential = topological([value]).some(({ op }) => op === scanOp);
  const read = isSequential ? candidates : [...trace.parameters];
  const count = read.reduce((total, [, { shape }]) => total + elementCount(shape), 0);
  return {
    tokensForShards: tokensForShards(count, isSequential),
    isSequential,
    maxGradNorm,
    parameters,
    trained: [...gradients.keys()],
    randoms,
    draws,
    gradients(isAdding, engine) {
      const sums = new Map(
        [...gradients].map(([name, g]) => [
          gradientName(name),
          isAdding ? add(input(gradientName(name), (parameters.get(name) as Parameter).shape), g) : g,
        ]),
      );
      const next = Object.fromEntries([...sums].map(([name, g]) => [nextName(name), g]));
      return lower({ loss: value, ...next }, {}, engine);
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
