import { add, gradient, input, type Tensor, withScope } from '../graph/index.ts';
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
  /** Parameters that weight decay leaves alone: those for which this is false. */
  hasDecay(name: string, shape: readonly number[]): boolean;
  /** Parameters that are not trained. */
  readonly frozen?: ReadonlySet<string>;
}

/** Names under which the training graphs take and give what belongs to a parameter. */
export const slotName = (slot: string, parameter: string): string => `state/${slot}/${parameter}`;
export const gradientName = (parameter: string): string => `gradient/${parameter}`;

/** The graphs of training over one set of buffers; each is lowered when it is asked for. */
export interface TrainGraphs {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Trained parameters, in the order of the trace: those that are not frozen and that the loss depends on. */
  readonly trained: readonly string[];
  readonly randoms: ReadonlyMap<string, Tensor>;
  /** One micro-batch is one update: parameters and state in and out, `loss`, `grad_norm` when clipping. */
  step(): LoweredModel;
  /** Adds a micro-batch's gradients to `gradient/…`: gives `next/gradient/…` and `loss`. */
  accumulate(): LoweredModel;
  /** The update from `gradient/…`. */
  apply(): LoweredModel;
}

/** Traces a model's loss once and gives the graphs that train it. */
export function trainGraphs(loss: LossTrace, config: TrainGraphConfig): TrainGraphs {
  const trace = new Trace({ isTraining: true });
  const value = loss(trace.root);
  const { parameters, randoms } = trace;
  const candidates = [...parameters].filter(([name, { isTrained }]) => isTrained && !config.frozen?.has(name));
  const made = gradient(
    value,
    candidates.map(([, { tensor }]) => tensor),
  );
  const gradients = new Map(candidates.flatMap(([name], i) => (made[i] ? [[name, made[i]] as const] : [])));
  const gradientInput = (name: string) => input(gradientName(name), (parameters.get(name) as Parameter).shape);
  return {
    parameters,
    trained: [...gradients.keys()],
    randoms,
    step: () => lower({ loss: value, ...update(config, parameters, gradients) }),
    accumulate() {
      const sums = [...gradients].map(
        ([name, g]) => [nextName(gradientName(name)), add(gradientInput(name), g)] as const,
      );
      return lower({ loss: value, ...Object.fromEntries(sums) });
    },
    apply() {
      const sums = new Map([...gradients.keys()].map((name) => [name, gradientInput(name)]));
      return lower(update(config, parameters, sums));
    },
  };
}

/** The outputs of an update: every trained parameter and its state under their own names, `next/` in front. */
function update(
  { optimizer, maxGradNorm, hasDecay }: TrainGraphConfig,
  parameters: ReadonlyMap<string, Parameter>,
  gradients: ReadonlyMap<string, Tensor>,
): Record<string, Tensor> {
  const scalars = Object.fromEntries(
    Object.keys(optimizer.scalars(1, 0)).map((name) => [name, input(`scalar/${name}`, [])]),
  );
  const outputs: Record<string, Tensor> = {};
  const clip = maxGradNorm > 0 ? clipScale([...gradients.values()], maxGradNorm) : undefined;
  if (clip) outputs.grad_norm = clip.norm;
  for (const [name, gradientOf] of gradients) {
    const { tensor, shape } = parameters.get(name) as Parameter;
    withScope(`update.${name}`, () => {
      const state = Object.fromEntries(optimizer.slots.map((slot) => [slot, input(slotName(slot, name), shape)]));
      const next = optimizer.update({
        parameter: tensor,
        gradient: gradientOf,
        gradientScale: clip?.scale,
        state,
        scalars,
        hasDecay: hasDecay(name, shape),
      });
      outputs[nextName(name)] = next.parameter;
      for (const slot of optimizer.slots) outputs[nextName(slotName(slot, name))] = next.state[slot];
    });
  }
  return outputs;
}

/** The output that becomes the input `name` of the next run. */
export const nextName = (name: string): string => `next/${name}`;
