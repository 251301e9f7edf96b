import { input, type Tensor } from '../../graph/index.ts';
import type { Parameter } from '../../nn/index.ts';
import { type LoweredModel, type LowerOptions, lower } from '../../onnx/index.ts';
import { clipping } from '../optimizers/clip.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { gradientName, nextName, type TrainGraphs } from './train-graph.ts';

/** The name of a slot of a parameter's optimizer state. */
export const slotName = (slot: string, parameter: string): string => `state/${slot}/${parameter}`;

/** The name under which an update takes a scalar of a group of parameters. */
export const scalarName = (group: number, scalar: string): string => `scalar/${group}/${scalar}`;

/**
 * The update of all trained parameters in one graph: parameters, gradients and slots by name, scalars by group →
 * `next/` parameters and slots, and with clipping `norm`, that of all gradients.
 *
 * @param groups the trained parameters, by group.
 */
export function keptUpdate(
  { parameters, maxGradNorm }: Pick<TrainGraphs, 'parameters' | 'maxGradNorm'>,
  optimizer: Optimizer,
  groups: readonly (readonly string[])[],
  engine: LowerOptions,
): LoweredModel {
  const shapedAs = (name: string, parameter: string) => input(name, (parameters.get(parameter) as Parameter).shape);
  const gradients = new Map(groups.flat().map((name) => [name, shapedAs(gradientName(name), name)]));
  const clip = maxGradNorm > 0 ? clipping([...gradients.values()], maxGradNorm) : undefined;
  const outputs: Record<string, Tensor> = clip ? { norm: clip.norm } : {};
  for (const [index, names] of groups.entries()) {
    const scalars = Object.fromEntries(
      Object.keys(optimizer.scalars(1, 0, true)).map((scalar) => [scalar, input(scalarName(index, scalar), [])]),
    );
    for (const name of names) {
      const next = optimizer.update({
        parameter: shapedAs(name, name),
        gradient: gradients.get(name) as Tensor,
        gradientScale: clip?.factor,
        state: Object.fromEntries(optimizer.slots.map((slot) => [slot, shapedAs(slotName(slot, name), name)])),
        scalars,
      });
      outputs[nextName(name)] = next.parameter;
      for (const [slot, tensor] of Object.entries(next.state)) outputs[nextName(slotName(slot, name))] = tensor;
    }
  }
  return lower(outputs, {}, engine);
}
