/** An op's case with its gradient as a model for an engine, and what it must give. */
import { elementTypes, gradient, interpret, type Tensor, type Value } from '../../src/graph/index.ts';
import { type LoweredModel, type LowerOptions, lower } from '../../src/onnx/index.ts';
import type { HostTensor } from '../../src/runtime/backend.ts';
import { seedFeeds, seedsFor } from '../ops/derivative.ts';
import { feedsOf, type OpCase, trace } from '../ops/op-case.ts';

export interface OpModel {
  readonly model: LoweredModel;
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /** The reference's results: outputs `y0` …, gradients `d0` … of the float inputs. */
  readonly expected: Readonly<Record<string, Value>>;
}

const isFloat = ({ dtype }: Tensor): boolean => dtype === 'float';

const toHost = ({ shape, dtype, data }: Value): HostTensor => ({
  type: elementTypes[dtype].host,
  shape,
  data: elementTypes[dtype].from(data),
});

export function opModel(opCase: OpCase, engine: LowerOptions): OpModel {
  const { inputs, outputs } = trace(opCase);
  const tensors: Record<string, Tensor> = Object.fromEntries(outputs.map((y, i) => [`y${i}`, y]));
  const seeds = seedsFor(
    'seed',
    outputs.map((y, i) => (i === 0 && isFloat(y) ? y : null)),
  );
  const given = feedsOf(opCase);
  const fed: Record<string, Value> = { ...given, ...seedFeeds(seeds, interpret(outputs, given), opCase.name) };
  const wrt = inputs.filter(isFloat);
  if (opCase.op.vjp !== 'none' && wrt.length > 0 && isFloat(outputs[0])) {
    for (const [i, g] of gradient(outputs, wrt, seeds).entries()) if (g) tensors[`d${i}`] = g;
  }
  const names = Object.keys(tensors);
  const model = lower(tensors, {}, engine);
  return {
    model,
    feeds: Object.fromEntries([...model.inputs.keys()].map((name) => [name, toHost(fed[name])])),
    expected: Object.fromEntries(interpret(Object.values(tensors), fed).map((value, i) => [names[i], value])),
  };
}
