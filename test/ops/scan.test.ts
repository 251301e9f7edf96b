/** The loop: values, first and second gradients, and what is lowered, case by case. */
import { describe, expect, test } from 'vitest';
import {
  add,
  type Dim,
  dim,
  gather,
  gradient,
  input,
  interpret,
  mul,
  printGraph,
  reshape,
  type ScanAttributes,
  ShapeError,
  scan,
  scanOp,
  simplify,
  sum,
  type Tensor,
  topological,
  type Value,
  value,
} from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { affine, less, matmul, sigmoid, sub, tanh, transpose } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { alongDirection, present, seedFeeds, seedsFor } from './derivative.ts';
import { drawFloats } from './draw.ts';
import { habitBackend, runLowered } from './engine.ts';
import { differenceTolerance, expectClose, tolerance } from './tolerance.ts';

interface Case {
  /** Float inputs by name; 'T', 'B' may be symbols. */
  readonly inputs: (T: Dim, B: Dim) => Record<string, readonly Dim[]>;
  readonly integers?: Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>;
  readonly build: (given: Record<string, Tensor>) => readonly Tensor[];
}

const [steps, rows] = [4, 2];
const vjpWeight = (x: Tensor) => add(x, 0.5);

const elman = ({ h, x, w, b }: Record<string, Tensor>, isReverse = false) =>
  scan({ carries: [h], sequences: [x], isReverse }, ([state], [element]) => {
    const next = tanh(add(element, affine(state, w, b, {})));
    return { carries: [next], outputs: [next] };
  });

const cases: Record<string, Case> = {
  'a plain recurrent network': {
    inputs: (T, B) => ({ h: [B, 3], x: [T, B, 3], w: [3, 3], b: [3] }),
    build: (given) => {
      const { carries, outputs } = elman(given);
      return [...carries, ...outputs];
    },
  },
  'a plain recurrent network, reversed, its end alone': {
    inputs: (T, B) => ({ h: [B, 3], x: [T, B, 3], w: [3, 3], b: [3] }),
    build: (given) => elman(given, true).carries,
  },
  'gates, two states, one that nothing reads': {
    inputs: (T, B) => ({ h: [B, 2], c: [B, 2], x: [T, B, 2], w: [2, 2] }),
    build: ({ h, c, x, w }) =>
      scan({ carries: [h, c, c], sequences: [x] }, ([h0, c0, idle], [element]) => {
        const z = add(element, matmul(h0, w, { transposeB: true }));
        const c1 = add(mul(sigmoid(z), c0), mul(sub(1, sigmoid(z)), tanh(element)));
        return { carries: [mul(tanh(c1), sigmoid(z)), c1, add(idle, c1)], outputs: [c1, z] };
      }).outputs,
  },
  'no state: a step for each element': {
    inputs: (T, B) => ({ x: [T, B, 3], w: [2, 3] }),
    build: ({ x, w }) =>
      scan({ carries: [], sequences: [x] }, (_, [element]) => ({
        carries: [],
        outputs: [tanh(matmul(element, w, { transposeB: true }))],
      })).outputs,
  },
  'an integer state that counts, a condition, a table that is looked up': {
    inputs: (T, B) => ({ h: [B, 3], x: [T, B, 3], table: [5, 3] }),
    integers: { ids: { shape: [steps, rows], values: [4, 0, 4, 2, 1, 1, 3, 4] } },
    build: ({ h, x, table, ids }) => {
      const zero = sub(ids, ids);
      const first = scan({ carries: [], sequences: [zero] }, (_, [e]) => ({ carries: [], outputs: [e] })).outputs[0];
      const count = reshape(sum(first, { axes: [0] }), { shape: [ids.shape[1]] });
      return scan({ carries: [h, count], sequences: [x, ids] }, ([state, n], [element, id]) => {
        const next = tanh(add(mul(state, element), gather(table, id)));
        return { carries: [next, add(n, id)], outputs: [next, less(n, id)] };
      }).carries;
    },
  },
  'feature-major state, gradients joined side by side': {
    inputs: (T, B) => ({ h: [3, B], x: [T, 3, B], w: [3, 3] }),
    build: ({ h, x, w }) => {
      const { carries, outputs } = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
        const next = tanh(add(element, matmul(w, state, {})));
        return { carries: [next], outputs: [transpose(next, { permutation: [1, 0] })] };
      });
      return [...carries, ...outputs];
    },
  },
  'several states side by side, and a product that is the same for all of them': {
    inputs: (T, B) => ({ h: [2, 3, B], x: [T, 2, 3, B], w: [2, 3, 3], u: [3, 3] }),
    build: ({ h, x, w, u }) =>
      scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
        const next = tanh(add(matmul(u, element, {}), matmul(w, state, { transposeA: true })));
        return { carries: [next], outputs: [add(next, matmul(u, state, {}))] };
      }).outputs,
  },
  'a scan in a scan': {
    inputs: (T, B) => ({ h: [B, 3], x: [T, 3, B, 3], w: [3, 3] }),
    build: ({ h, x, w }) =>
      scan({ carries: [h], sequences: [x] }, ([outer], [element]) => {
        const inner = scan({ carries: [outer], sequences: [element] }, ([state], [e]) => {
          const next = tanh(add(e, matmul(add(state, mul(outer, 0.5)), w, { transposeB: true })));
          return { carries: [next], outputs: [next] };
        });
        const mean = sum(inner.outputs[0], { axes: [0] });
        return { carries: [tanh(add(inner.carries[0], mean))], outputs: [mean] };
      }).outputs,
  },
};

function traced({ inputs, integers = {}, build }: Case, isSymbolic = false) {
  const [T, B] = isSymbolic ? [dim('time'), dim('batch')] : [steps, rows];
  const floats = Object.fromEntries(Object.entries(inputs(T, B)).map(([name, shape]) => [name, input(name, shape)]));
  const whole = Object.fromEntries(
    Object.entries(integers).map(([name]) => [name, input(name, isSymbolic ? [T, B] : [steps, rows], 'int32')]),
  );
  return { floats, outputs: build({ ...floats, ...whole }) };
}

function feedsOf(name: string, { inputs, integers = {} }: Case): Record<string, Value> {
  const floats = Object.entries(inputs(steps, rows)).map(([key, shape]) => {
    const sizes = shape as readonly number[];
    const count = sizes.reduce((a, b) => a * b, 1);
    return [key, value(sizes, Float32Array.from(drawFloats(`${name} ${key}`, count)))] as const;
  });
  const whole = Object.entries(integers).map(
    ([key, { shape, values }]) => [key, value(shape, values, 'int32')] as const,
  );
  return Object.fromEntries([...floats, ...whole]);
}

const isFloat = ({ dtype }: Tensor) => dtype === 'float';
const seedsOf = (prefix: string, outputs: readonly Tensor[]) =>
  seedsFor(
    prefix,
    outputs.map((output) => (isFloat(output) ? output : null)),
  );

describe('float64', () => {
  test('a plain recurrent network equals its unrolled loop', () => {
    const { h, x, w, b } = {
      h: input('h', [rows, 3]),
      x: input('x', [steps, rows, 3]),
      w: input('w', [3, 3]),
      b: input('b', [3]),
    };
    const feeds = feedsOf('loop', cases['a plain recurrent network']);
    for (const isReverse of [false, true]) {
      const { carries, outputs } = elman({ h, x, w, b }, isReverse);
      let state = h;
      const states: Tensor[] = [];
      for (let i = 0; i < steps; i++) {
        const t = isReverse ? steps - 1 - i : i;
        state = tanh(add(input(`x${t}`, [rows, 3]), affine(state, w, b, {})));
        states[t] = state;
      }
      const size = rows * 3;
      const elements = Object.fromEntries(
        Array.from({ length: steps }, (_, t) => [
          `x${t}`,
          value([rows, 3], feeds.x.data.slice(t * size, (t + 1) * size)),
        ]),
      );
      const [end, all] = interpret([...carries, ...outputs], feeds);
      const expected = interpret([state, ...states], { ...feeds, ...elements });
      expectClose(end, expected[0], tolerance.exact, 'state');
      expected.slice(1).forEach(({ data }, t) => {
        expectClose(
          value([rows, 3], all.data.slice(t * size, (t + 1) * size)),
          value([rows, 3], data),
          tolerance.exact,
          `output ${t}`,
        );
      });
    }
  });

  for (const [name, row] of Object.entries(cases)) {
    const feeds = feedsOf(name, row);
    const { floats, outputs } = traced(row);
    const wrt = new Map(Object.entries(floats));
    const seeds = seedsOf('seed', outputs);
    const fed = { ...feeds, ...seedFeeds(seeds, interpret(outputs, feeds), name) };

    test(`${name}: simplify changes nothing`, () => {
      const grads = present(gradient(outputs, [...wrt.values()], seeds));
      const found = interpret(simplify([...outputs, ...grads]), fed);
      interpret([...outputs, ...grads], fed).forEach((expected, i) => {
        expectClose(found[i], expected, tolerance.folded, `${i}`);
      });
    });

    test(`${name}: first gradient`, () => {
      const { byGradient, byDifference } = alongDirection(outputs, seeds, wrt, fed, name);
      expect(byGradient).not.toBe(0);
      expect(Math.abs(byGradient - byDifference)).toBeLessThan(
        differenceTolerance * Math.max(1, Math.abs(byDifference)),
      );
    });

    test(`${name}: second gradient`, () => {
      const grads = present(gradient(outputs, [...wrt.values()], seeds));
      const again = seedsFor('again', grads);
      const all = { ...fed, ...seedFeeds(again, interpret(grads, fed), `${name} again`) };
      const both = new Map([...wrt, ...present(seeds).map((seed, i) => [`seed${i}`, seed] as const)]);
      const { byGradient, byDifference } = alongDirection(grads, again, both, all, name);
      expect(byGradient).not.toBe(0);
      expect(Math.abs(byGradient - byDifference)).toBeLessThan(
        differenceTolerance * Math.max(1, Math.abs(byDifference)),
      );
    });
  }
});

for (const backend of [nodeBackend(), habitBackend, webBackend({ threads: 1 })]) {
  describe(backend.name, () => {
    for (const [name, row] of Object.entries(cases)) {
      test(`${name}: results and gradients of both orders equal the reference, sizes symbolic`, async () => {
        const feeds = feedsOf(name, row);
        const readings = (isSymbolic: boolean) => {
          const { floats, outputs } = traced(row, isSymbolic);
          const seeds = seedsOf('seed', outputs);
          const grads = present(gradient(outputs, Object.values(floats), seeds));
          const square = grads.map((g) => sum(mul(vjpWeight(g), g), { axes: g.shape.map((_, axis) => axis) }));
          const second = present(gradient(square, Object.values(floats)));
          const all = [...outputs, ...grads, ...second];
          return { seeds, outputs, named: Object.fromEntries(all.map((tensor, i) => [`r${i}`, tensor])) };
        };
        const { seeds, outputs, named } = readings(false);
        const fed = { ...feeds, ...seedFeeds(seeds, interpret(outputs, feeds), name) };
        const expected = interpret(Object.values(named), fed);
        const found = await runLowered(backend, readings(true).named, fed);
        Object.keys(named).forEach((key, i) => expectClose(found[key], expected[i], tolerance.gradient, key));
      });
    }

    test.each(['float', 'int32', 'bool', 'uint8', 'int8'] as const)('states and outputs may be %s', async (dtype) => {
      const [state, x] = [input('state', ['width'], dtype), input('x', ['steps', 'width'], dtype)];
      const { carries, outputs } = scan({ carries: [state], sequences: [x] }, ([before], [element]) => ({
        carries: [element],
        outputs: [before],
      }));
      const fed = { state: value([2], [1, 0], dtype), x: value([3, 2], [0, 1, 1, 1, 0, 0], dtype) };
      expect(await runLowered(backend, { last: carries[0], before: outputs[0] }, fed)).toEqual({
        last: value([2], [0, 0], dtype),
        before: value([3, 2], [1, 0, 0, 1, 1, 1], dtype),
      });
    });
  });
}

describe('what is lowered', () => {
  const { floats, outputs } = traced(cases['a plain recurrent network'], true);
  const operators = (tensors: readonly Tensor[]) =>
    lower(Object.fromEntries(tensors.map((tensor, i) => [`r${i}`, tensor]))).bytes.length;

  test("weights' gradients are products after the loop, not sums in it", () => {
    const [dw, db] = gradient(outputs, [floats.w, floats.b]) as Tensor[];
    const text = printGraph(simplify([dw, db]));
    expect(text.match(/= scan\(/g)).toHaveLength(2);
    expect(text).toMatch(/= matmul\([^)]*\) \{transposeA: true[^}]*\}/);
    const backward = text.split('\n').filter((line) => line.includes('= scan('))[1];
    expect(backward.split(' = ')[0].split(',')).toHaveLength(2);
  });

  test('a forward pass alone keeps nothing for a gradient', () => {
    expect(printGraph(simplify(outputs))).toMatch(/%\d+, %\d+ = scan\(/);
    expect(operators(outputs)).toBeLessThan(operators([...outputs, ...present(gradient(outputs, [floats.w]))]));
  });

  test('what is the same in every step is computed before the loop', () => {
    const [h, x, w] = [input('h', [rows, 3]), input('x', [steps, rows, 3]), input('w', [3, 3])];
    const { outputs: made } = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
      const next = matmul(add(state, element), tanh(w), {});
      return { carries: [next], outputs: [next] };
    });
    const [first, ...later] = printGraph(simplify(made))
      .split('\n')
      .filter((line) => / = (tanh|scan)\(/.test(line));
    expect(first).toContain('tanh');
    expect(later.join()).toContain('scan');
  });
});

test('a matrix that is the same in every step and read as its transpose is transposed once, before the loop', () => {
  const { floats, outputs } = traced(cases['feature-major state, gradients joined side by side']);
  const grads = present(gradient(outputs, [floats.h], seedsOf('g', outputs)));
  const scans = topological(simplify(grads)).filter(({ op }) => op === scanOp);
  const read = scans.flatMap(({ attributes }) => {
    const { body } = attributes as ScanAttributes;
    return topological([...body.nextCarries, ...body.outputs]).filter(({ op }) => op === matmul.op);
  });
  expect(read).toHaveLength(2);
  for (const { attributes } of read) expect(attributes).not.toMatchObject({ transposeA: true });
  const [backward] = scans.slice(1);
  expect(backward.inputs.filter(({ node }) => node.op === transpose.op && node.inputs[0] === floats.w)).toHaveLength(1);
});

describe('what cannot be', () => {
  const x = input('x', [steps, rows, 3]);
  test.each([
    ['no sequence', () => scan({ carries: [x], sequences: [] }, (carries) => ({ carries, outputs: [] }))],
    [
      'sequences of two lengths',
      () =>
        scan({ carries: [], sequences: [x, input('y', [5, 1])] }, (_, [a, b]) => ({ carries: [], outputs: [a, b] })),
    ],
    [
      'a state that changes its shape',
      () => scan({ carries: [input('h', [3])], sequences: [x] }, (_, [a]) => ({ carries: [a], outputs: [] })),
    ],
  ])('%s is refused', (_, build) => {
    expect(build).toThrow(ShapeError);
  });
});
