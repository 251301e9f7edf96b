import { describe, expect, test } from 'vitest';
import {
  add,
  constantTensor,
  defineComposite,
  gradient,
  input,
  interpret,
  mul,
  type Tensor,
  topological,
  value,
} from '../../src/graph/index.ts';
import { concat, exp, layerNorm, linearCrossEntropy, slice, square, stopGradient, topK } from '../../src/ops/index.ts';

const scalar = (x: number) => value([], [x]);

/** A composite that is a product; its gradient comes from its body. */
const product = defineComposite({
  name: 'product',
  inputs: ['a', 'b'],
  body: ({ a, b }) => mul(a, b),
  samples: [],
});

/** x·x with an auxiliary 3x; the cheap rule is wrong on purpose, so that it shows when it serves. */
const marked = defineComposite({
  name: 'marked',
  inputs: ['x'],
  body: ({ x }) => [mul(x, x), mul(x, 3)],
  vjp: ({ x, g }) => [mul(g, mul(x, 1000))],
  samples: [],
});

const at = (tensor: Tensor | null, x: number): number => {
  if (!tensor) throw new Error('no gradient flows');
  return interpret([tensor], { a: scalar(x) })[0].data[0];
};

describe('gradient', () => {
  const a = input('a', []);

  test('a composite whose inputs depend on each other: d(a·a²)/da = 3a² = 12 at 2', () => {
    const [g] = gradient(product(a, square(a)), [a]);
    expect(at(g, 2)).toBe(12);
  });

  test('nested composites whose inputs depend on each other: d(a·(a·a²))/da = 4a³ = 32 at 2', () => {
    const outer = defineComposite({
      name: 'outer',
      inputs: ['a', 'b'],
      body: ({ a: x, b }) => product(x, product(x, b)),
      samples: [],
    });
    const [g] = gradient(outer(a, square(a)), [a]);
    expect(at(g, 2)).toBe(32);
  });

  test('of a⁵, five times over: 5a⁴, 20a³, 60a², 120a, 120, then nothing', () => {
    let y: Tensor | null = product(a, square(square(a)));
    const found: number[] = [];
    for (let order = 0; order < 5; order++) {
      if (y) y = gradient(y, [a])[0];
      found.push(at(y, 2));
    }
    expect(found).toEqual([80, 160, 240, 240, 120]);
    expect(y && gradient(y, [a])[0]).toBeNull();
  });

  test('of e^(2a), third order: 8e^(2a)', () => {
    let y: Tensor = exp(mul(a, 2));
    for (let order = 0; order < 3; order++) y = gradient(y, [a])[0] as Tensor;
    expect(at(y, 0.3)).toBeCloseTo(8 * Math.exp(0.6), 12);
  });

  test('a custom rule serves while no auxiliary output is differentiated; then the body does', () => {
    const [square_, triple] = marked.all(a);
    expect(at(gradient(square_, [a])[0], 2)).toBe(2000);
    expect(at(gradient(add(square_, triple), [a])[0], 2)).toBe(2 * 2 + 3);
    expect(at(gradient(triple, [a])[0], 2)).toBe(3);
  });

  test('of a tensor used twice is the sum over its uses', () => {
    expect(at(gradient(add(mul(a, 3), mul(a, a)), [a])[0], 2)).toBe(7);
  });

  test('of a slice is joined with zeros on both sides at once', () => {
    const x = input('x', [5]);
    const [g] = gradient(slice(x, { axis: 0, start: 1, end: 3 }), [x], [constantTensor([7, 8], [2])]) as [Tensor];
    expect([...interpret([g], {})[0].data]).toEqual([0, 7, 8, 0, 0]);
    expect(topological([g]).filter(({ op }) => op === concat.op)).toHaveLength(1);
  });

  test('of an output with respect to itself is its seed', () => {
    const y = mul(a, 3);
    expect(at(gradient(y, [y])[0], 2)).toBe(1);
    expect(at(gradient(y, [y, a], [constantTensor(5)])[1], 2)).toBe(15);
  });

  test('with respect to a tensor in the middle counts every path through it, and continues to the inputs', () => {
    const middle = square(a);
    const [gMiddle, gA] = gradient(mul(middle, middle), [middle, a]);
    expect(at(gMiddle, 2)).toBe(8);
    expect(at(gA, 2)).toBe(32);
  });

  test('is null where nothing flows: no path, a stopped path, a null seed', () => {
    const b = input('b', []);
    expect(gradient(square(a), [b])).toEqual([null]);
    expect(gradient(stopGradient(a), [a])).toEqual([null]);
    expect(gradient([square(a), mul(a, 3)], [a], [null, null])).toEqual([null]);
  });

  test('of several outputs adds their parts, each weighted by its seed', () => {
    const [g] = gradient([square(a), mul(a, 3)], [a], [constantTensor(10), constantTensor(1)]);
    expect(at(g, 2)).toBe(43);
  });

  test('undoes broadcasting: [2, 1] against [3] and a scalar', () => {
    const [x, y, z] = [input('x', [2, 1]), input('y', [3]), input('z', [])];
    const grads = gradient(mul(mul(x, y), z), [x, y, z]) as Tensor[];
    const feeds = { x: value([2, 1], [1, 2]), y: value([3], [3, 4, 5]), z: scalar(10) };
    expect(grads.map(({ shape }) => shape)).toEqual([[2, 1], [3], []]);
    expect(interpret(grads, feeds).map(({ data }) => [...data])).toEqual([[120, 120], [30, 30, 30], [36]]);
  });

  test('a symbolic axis against 1 is summed, with the symbol kept', () => {
    const [x, y] = [input('x', ['batch', 2]), input('y', [1, 2])];
    const [gx, gy] = gradient(mul(x, y), [x, y]) as Tensor[];
    expect([String(gx), String(gy)]).toEqual(['float [batch, 2]', 'float [1, 2]']);
    const feeds = { x: value([3, 2], [1, 2, 3, 4, 5, 6]), y: value([1, 2], [1, 1]) };
    expect([...interpret([gy], feeds)[0].data]).toEqual([9, 12]);
  });

  test('that reaches an op without a derivative says so instead of losing it', () => {
    const x = input('x', [4]);
    expect(() => gradient(topK(x, { k: 2 }), [x])).toThrow('gradient: topK([4]) has no derivative');
  });

  test('a seed of another shape is refused', () => {
    const x = input('x', [4]);
    expect(() => gradient(square(x), [x], [input('g', [3])])).toThrow(/\[3\]/);
  });

  test('the gradient of a chain of composites grows with its length, not faster', () => {
    const x = input('x', [2, 4]);
    const vector = (name: string) => input(name, [4]);
    let y = x;
    const one = countNodes(gradient(layerNorm(x, vector('s'), vector('b'), { eps: 1e-5 }), [x]));
    for (let i = 0; i < 8; i++) y = layerNorm(y, vector(`s${i}`), vector(`b${i}`), { eps: 1e-5 });
    expect(countNodes(gradient(y, [x]))).toBeLessThan(12 * one);
  });

  test('of the loss head at second order is that of the plain loss', () => {
    const shapes = { x: [1, 2, 3], w: [4, 3], b: [4], scale: [] };
    const [x, w, b, scale] = Object.entries(shapes).map(([name, shape]) => input(name, shape));
    const labels = constantTensor([1, 3], [1, 2], 'int32');
    const loss = linearCrossEntropy(x, w, b, labels, scale, { labelSmoothing: 0.2 });
    const [dw] = gradient(loss, [w]) as Tensor[];
    const [dScale] = gradient(dw, [scale]) as Tensor[];
    const feeds = {
      x: value([1, 2, 3], [0.1, -0.4, 0.3, 0.9, 0.2, -0.7]),
      w: value(
        [4, 3],
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => Math.sin(n)),
      ),
      b: value([4], [0.3, 0, -0.2, 0.1]),
      scale: scalar(0.5),
    };
    const [found, first] = interpret([dScale, dw], feeds);
    const total = first.data.reduce((sum, g) => sum + g, 0);
    expect(found.data[0]).toBeCloseTo(total / 0.5, 12);
  });
});

function countNodes(roots: readonly (Tensor | null)[]): number {
  const seen = new Set<unknown>();
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor.node)) return;
    seen.add(tensor.node);
    tensor.node.inputs.forEach(visit);
  };
  roots.forEach((root) => root && visit(root));
  return seen.size;
}
