/** How much a graph multiplies and how much of it must wait, for nets whose numbers follow from their definitions. */
import { expect, test } from 'vitest';
import { gradient, input, sum, type Tensor } from '../../src/graph/index.ts';
import { graphWork } from '../../src/lab/graph-work.ts';
import { feedForward, multiHeadAttention, noMask, recurrent, type Scope, Trace } from '../../src/nn/index.ts';

const [width, batch, time] = [8, 3, 10];
const binding = new Map([
  ['batch', batch],
  ['time', time],
]);
const x = () => input('x', ['batch', 'time', width]);
const work = (output: (root: Scope) => Tensor) => graphWork([output(new Trace().root)], binding);
const lstm = (layers: number) => (root: Scope) =>
  recurrent(root, { cell: 'lstm', inputSize: width, hiddenSize: width, layers }, x()).output;

test('a recurrent layer makes a product a token, the first beside that of the inputs; layers wait for each other', () => {
  // The biases of four gates are a column of the inputs' weights.
  const token = 8 * width ** 2 + 4 * width;
  expect(work(lstm(1))).toEqual({ multiplyAdds: batch * time * token, inSequence: time });
  expect(work(lstm(2))).toEqual({ multiplyAdds: 2 * batch * time * token, inSequence: 2 * time });
});

test('attention has four products in sequence at every length, a feed-forward network two', () => {
  expect(work((root) => multiHeadAttention(root, { width, heads: 2 }, x(), noMask()).output)).toEqual({
    multiplyAdds: batch * time * (4 * width ** 2 + 2 * time * width),
    inSequence: 4,
  });
  const config = { width, innerWidth: 4 * width, activation: 'relu' };
  expect(work((root) => feedForward(root, config, x()))).toEqual({
    multiplyAdds: batch * time * 8 * width ** 2,
    inSequence: 2,
  });
});

test('the way back is as long again', () => {
  const trace = new Trace();
  const from = x();
  const config = { cell: 'rnn_tanh', inputSize: width, hiddenSize: width } as const;
  const { output } = recurrent(trace.root, config, from);
  const both = graphWork(gradient(sum(output, { axes: [0, 1, 2] }), [from]) as Tensor[], binding);
  expect(both.inSequence).toBe(2 * time);
});
