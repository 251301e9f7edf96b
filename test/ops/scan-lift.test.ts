/** What `simplify` moves in front of a loop: what a step's elements alone decide. */
import { describe, expect, test } from 'vitest';
import {
  add,
  gradient,
  input,
  interpret,
  mul,
  printGraph,
  type ScanAttributes,
  scan,
  scanOp,
  simplify,
  sum,
  type Tensor,
  topological,
  value,
} from '../../src/graph/index.ts';
import { recurrent, Trace } from '../../src/nn/index.ts';
import { concat, matmul, sigmoid, slice, sub, tanh } from '../../src/ops/index.ts';
import { present, seedsFor } from './derivative.ts';

const [steps, rows] = [4, 2];

/** Names of the ops in a scan's step, inputs and constants aside. */
const stepOps = (outputs: readonly Tensor[], index: number): string[] => {
  const scans = topological(simplify(outputs)).filter(({ op }) => op === scanOp);
  const { body } = scans[index].attributes as ScanAttributes;
  return topological([...body.nextCarries, ...body.outputs])
    .map(({ op }) => op.name)
    .filter((name) => name !== 'input' && name !== 'constant');
};

describe('what does not depend on the state', () => {
  const long = ['h', 'x', 'w'].map((name) =>
    input(name, name === 'w' ? [3, 3] : name === 'h' ? [rows, 3] : [steps, rows, 3]),
  );
  const [h, x, w] = long;

  test('is computed for all steps at once; without state there is no loop', () => {
    const { outputs } = scan({ carries: [], sequences: [x] }, (_, [element]) => ({
      carries: [],
      outputs: [tanh(matmul(element, w, {}))],
    }));
    const text = printGraph(simplify(outputs));
    expect(text).not.toContain('= scan(');
    expect(text).toContain(`= matmul(`);
  });

  test('of products is one factor', () => {
    const { outputs } = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
      const product = mul(mul(state, element), sigmoid(element));
      const next = sub(product, mul(mul(state, tanh(element)), 2));
      return { carries: [next], outputs: [next] };
    });
    expect(stepOps(outputs, 0)).toEqual(['mul', 'mul', 'sub']);
    const twice = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
      const next = add(state, mul(mul(state, sigmoid(element)), -1));
      return { carries: [next], outputs: [next] };
    });
    expect(stepOps(twice.outputs, 0)).toEqual(['mul']);
  });

  test('of products stays apart where a factor of it could overflow, or something else reads a product', () => {
    const big = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
      const next = mul(mul(state, element), element);
      return { carries: [next], outputs: [next] };
    });
    expect(stepOps(big.outputs, 0)).toEqual(['mul', 'mul']);
    const read = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
      const product = mul(state, tanh(element));
      return { carries: [product], outputs: [mul(product, 2), mul(product, sigmoid(element))] };
    });
    expect(stepOps(read.outputs, 0)).toEqual(['mul', 'mul', 'mul']);
  });

  test('of whole numbers is what it was', () => {
    const [counts, begin] = [input('counts', [steps], 'int32'), input('begin', [], 'int32')];
    const { carries } = scan({ carries: [begin], sequences: [counts] }, ([state], [element]) => ({
      carries: [add(state, mul(state, element))],
      outputs: [],
    }));
    const feeds = { counts: value([steps], [1, 2, 3, 4], 'int32'), begin: value([], [5], 'int32') };
    expect(interpret(simplify(carries), feeds)).toEqual(interpret(carries, feeds));
  });

  test('stays where it would take much more memory than the sequence, by itself or all together', () => {
    const wide = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
      let made = element;
      for (let i = 0; i < 3; i++) made = concat([made, made, made], { axis: 0 });
      const next = mul(state, slice(tanh(made), { axis: 0, start: 0, end: rows }));
      return { carries: [next], outputs: [next] };
    });
    expect(stepOps(wide.outputs, 0)).toContain('concat');
    const many = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
      let next = state;
      for (let i = 0; i < 6; i++) next = add(tanh(next), tanh(mul(element, i + 2)));
      return { carries: [next], outputs: [next] };
    });
    expect(stepOps(many.outputs, 0).filter((name) => name === 'tanh')).toHaveLength(12);
  });

  test('stays where all steps of it would be much larger than what it is made of', () => {
    const keys = input('keys', [5, rows, 3]);
    const { outputs } = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
      const score = sum(tanh(add(element, keys)), { axes: [0] });
      const next = mul(state, score);
      return { carries: [next], outputs: [next] };
    });
    expect(stepOps(outputs, 0)).toEqual(['add', 'tanh', 'sum', 'mul']);
  });

  test("leaves an LSTM's backward step the products with its two cotangents", () => {
    const trace = new Trace();
    const { output } = recurrent(trace.root, { cell: 'lstm', inputSize: 2, hiddenSize: 3 }, input('x', [2, 4, 2]));
    const grads = gradient(
      [output],
      [...trace.parameters.values()].map(({ tensor }) => tensor),
      seedsFor('g', [output]),
    );
    const found = stepOps([output, ...present(grads)], 1).sort();
    expect(found).toEqual(['add', 'add', 'concat', 'matmul', ...Array.from({ length: 6 }, () => 'mul')]);
  });
});
