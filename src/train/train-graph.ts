import { add, gradient, input, type Tensor } from '../graph/index.ts';
import { InputError } from '../io/error.ts';
import { type Parameter, type Scope, Trace } from '../nn/index.ts';
import { type LoweredModel, lower } from '../onnx/index.ts';
import { clipScale } from './clip.ts';
import type { Optimizer } from './optimizer.ts';

/** Builds the loss of one micro-batch over a scope. */
export type LossTrace = (root: Scope) => Tensor;

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
  /**
   * Loss and gradients of one micro-batch: `loss`, `next/gradient/…`; when clipping `grad_norm` and `gradient_scale`.
   *
   * @param isAdding adds the gradients to those it takes as `gradient/…`.
   */
  gradients(isAdding: boolean): LoweredModel;
  /**
   * The update of any numbers, [count]: `parameter`, `gradient`, the optimizer's slots and `scalar/…`, when clipping
   * `gradient_scale` → `next/parameter` and `next/` slots.
   */
  update(): LoweredModel;
}

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
  const isClipping = maxGradNorm > 0;
  return {
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
      const clip = isClipping && clipScale([...sums.values()], maxGradNorm);
      return lower({
        loss: value,
        ...Object.fromEntries([...sums].map(([name, g]) => [nextName(name), g])),
        ...(clip ? { grad_norm: clip.norm, gradient_scale: clip.scale } : {}),
      });
    },
    update() {
      const numbers = (name: string) => input(name, ['count']);
      const next = optimizer.update({
        parameter: numbers('parameter'),
        gradient: numbers('gradient'),
        gradientScale: isClipping ? input('gradient_scale', []) : undefined,
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
