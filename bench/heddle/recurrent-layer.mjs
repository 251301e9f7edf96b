/** One layer of an LSTM or a GRU as a graph of Heddle's own parts, forward or forward and backward. */
import { gradient, input, mul, sum } from '../../dist/graph/index.js';
import { recurrent, Trace } from '../../dist/nn/index.js';
import { lower } from '../../dist/onnx/index.js';
import { uniformFrom } from '../../dist/train/random/random-bytes.js';

const inputSize = 256;
const hiddenSize = 256;

/** Layers that are measured, by name. */
export const layers = {
  lstm: { cell: 'lstm', gradients: 'all' },
  'lstm-weights': { cell: 'lstm', gradients: 'weights' },
  gru: { cell: 'gru', gradients: 'all' },
  'lstm-forward': { cell: 'lstm', gradients: 'none' },
};

const float32 = (shape, data) => ({ type: 'float32', shape, data });
const elementCount = (shape) => shape.reduce((n, size) => n * size, 1);
const numbers = (name, shape) => {
  const random = uniformFrom(0, name);
  return float32(
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => 2 * random() - 1),
  );
};

/**
 * `x`: [B, T, 256]. `gradients` of Σ output·cotangent with respect to x and the parameters, which are inputs: `all`, or
 * those of the `weights`; `none`: the output alone, parameters stored in the model, as inference has them.
 *
 * Gives ONNX bytes, and for a length T what a run is fed and the memory its results go to.
 */
export function recurrentLayer({ cell, gradients, batch = 64 }) {
  const isTraining = gradients !== 'none';
  const trace = new Trace({ isTraining });
  const x = input('x', ['batch', 'time', inputSize]);
  const { output } = recurrent(trace.root, { cell, inputSize, hiddenSize }, x);
  const parameters = [...trace.parameters];
  const values = Object.fromEntries(
    parameters.map(([name, { shape, initializer }]) => [
      name,
      float32(shape, initializer(shape, uniformFrom(0, name))),
    ]),
  );
  const xShape = (time) => [batch, time, inputSize];
  const outputShape = (time) => [batch, time, hiddenSize];
  const varied = [
    ...(gradients === 'all' ? [{ name: 'x', tensor: x, shapeFor: xShape }] : []),
    ...parameters.map(([name, { tensor, shape }]) => ({ name, tensor, shapeFor: () => shape })),
  ];
  return {
    bytes: isTraining ? training(output, varied).bytes : lower({ output }, values).bytes,
    parameters: parameters.reduce((total, [, { shape }]) => total + elementCount(shape), 0),
    batch,
    feeds: (time) => ({
      x: numbers('x', xShape(time)),
      ...(isTraining && { ...values, cotangent: numbers('cotangent', outputShape(time)) }),
    }),
    into: (time) =>
      isTraining
        ? Object.fromEntries(varied.map(({ name, shapeFor }) => [`gradient/${name}`, empty(shapeFor(time))]))
        : { output: empty(outputShape(time)) },
  };
}

const empty = (shape) => float32(shape, new Float32Array(elementCount(shape)));

function training(output, varied) {
  const loss = sum(mul(output, input('cotangent', output.shape)), { axes: [0, 1, 2] });
  const made = gradient(
    loss,
    varied.map(({ tensor }) => tensor),
  );
  return lower({ loss, ...Object.fromEntries(varied.map(({ name }, i) => [`gradient/${name}`, made[i]])) });
}
