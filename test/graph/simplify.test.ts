import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  broadcastTo,
  constantTensor,
  defineComposite,
  dim,
  gather,
  gradient,
  input,
  interpret,
  mul,
  printGraph,
  reshape,
  ShapeError,
  scatterAdd,
  simplify,
  sum,
  type Tensor,
  topological,
  value,
  withScope,
} from '../../src/graph/index.ts';
import {
  axisSize,
  cast,
  clip,
  concat,
  exp,
  layerNorm,
  linear,
  matmul,
  maximum,
  range,
  rmsNorm,
  slice,
  softmax,
  sub,
  tanh,
  topK,
  transpose,
} from '../../src/ops/index.ts';
import { expectClose } from '../ops/tolerance.ts';

const x = input('x', [2, 3]);
const y = input('y', [2, 3]);
const simple = (...outputs: Tensor[]) => printGraph(simplify(outputs));
const opNames = (outputs: readonly Tensor[]) => topological(outputs).map(({ op }) => op.name);

/** What a random graph is grown from: each entry takes two earlier tensors and a small number. */
const growth: readonly ((a: Tensor, b: Tensor, n: number) => Tensor)[] = [
  (a, b) => add(a, b),
  (a, b) => mul(a, b),
  (a, b) => sub(a, b),
  (a, b) => maximum(a, b),
  (a) => tanh(a),
  (a) => exp(mul(tanh(a), 0.5)),
  (a) => softmax(a),
  (a, b) => matmul(a, b, { transposeB: true, alpha: 0.5 }),
  (a, b) => matmul(transpose(a, { permutation: [1, 0] }), b, {}),
  (a) => transpose(a, { permutation: [1, 0] }),
  (a) => reshape(a, { shape: [a.shape[1], a.shape[0]] }),
  (a, b) => concat([a, b], { axis: 0 }),
  (a, _, n) => slice(a, { axis: 1, start: n % 2, end: 2 }),
  (a) => broadcastTo(sum(a, { axes: [0], keepDims: true }), { shape: a.shape }),
  (a) => mul(a, constantTensor(1)),
  (a) => add(constantTensor(0), a),
  (a) => mul(a, 0),
  (a, _, n) => add(a, mul(constantTensor(n + 0.1), 0.3)),
  (a) => mul(a, axisSize(a, { axis: 1 })),
  (a) => add(a, cast(range({ size: a.shape[1] }), { dtype: 'float' })),
  (a, b) => add(scatterAdd(zerosOf(a), constantTensor([1, 0, 1], [3], 'int32'), gather(b, someRows)), a),
  (a, b) => add(a, reshape(scatterAdd(zerosOf(a), constantTensor([1], [1], 'int32'), slice(b, firstRow)), a)),
];
const zerosOf = ({ shape }: Tensor) => broadcastTo(constantTensor(0), { shape });
const someRows = constantTensor([0, 0, 1], [3], 'int32');
const firstRow = { axis: 0, start: 0, end: 1 } as const;

const recipe = fc.array(fc.tuple(fc.nat(growth.length - 1), fc.nat(20), fc.nat(20), fc.nat(3)), {
  minLength: 1,
  maxLength: 14,
});

/** Grows a graph; a step whose shapes do not fit adds nothing. */
function grow(steps: readonly (readonly [number, number, number, number])[]): Tensor[] {
  const pool: Tensor[] = [x, y, input('s', ['n', 3]), input('r', [3, 2])];
  for (const [kind, i, j, n] of steps) {
    try {
      const grown = growth[kind](pool[i % pool.length], pool[j % pool.length], n);
      if (grown.rank === 2) pool.push(grown);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
    }
  }
  return pool.slice(-4);
}

const feeds = {
  x: value([2, 3], [0.5, -1, 2, 0.25, 1.5, -0.75]),
  y: value([2, 3], [1, 0.125, -0.5, 2, -2, 0.75]),
  s: value([4, 3], [1, -1, 0.5, 0, 0.25, 2, -0.5, 1, 1, 0.75, 0, -2]),
  r: value([3, 2], [0.5, 1, -1, 0.25, 2, -0.5]),
};

describe('simplify', () => {
  test('keeps the results, shapes and types of random graphs', () => {
    let nodesBefore = 0;
    let nodesAfter = 0;
    fc.assert(
      fc.property(recipe, (steps) => {
        const outputs = grow(steps);
        const simplified = simplify(outputs);
        nodesBefore += topological(outputs).length;
        nodesAfter += topological(simplified).length;
        expect(simplified.map(String)).toEqual(outputs.map(String));
        const found = interpret(simplified, feeds);
        interpret(outputs, feeds).forEach((expected, i) => expectClose(found[i], expected, 1e-5, `output ${i}`));
      }),
      { numRuns: 400, seed: 1 },
    );
    expect(nodesAfter).toBeLessThan(nodesBefore);
  });

  test('done twice changes nothing more', () => {
    fc.assert(
      fc.property(recipe, (steps) => {
        const once = simplify(grow(steps));
        expect(printGraph(simplify(once))).toBe(printGraph(once));
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  test('merges equal nodes, with equal attributes only', () => {
    expect(opNames(simplify([add(exp(x), exp(x))]))).toEqual(['input', 'exp', 'add']);
    const sums = [sum(x, { axes: [0] }), sum(x, { axes: [1] }), sum(x, { axes: [0] })];
    expect(opNames(simplify(sums))).toEqual(['input', 'sum', 'sum']);
    const [a, b] = simplify([topK(x, { k: 1 }), topK.all(x, { k: 1 })[1]]);
    expect(a.node).toBe(b.node);
  });

  test('distinguishes attributes that JSON would confuse', () => {
    const bounds = [
      { min: Number.NEGATIVE_INFINITY, max: 1 },
      { min: Number.NaN, max: 1 },
      { min: 0, max: 1 },
      { min: -0, max: 1 },
    ];
    expect(new Set(simplify(bounds.map((bound) => clip(x, bound)))).size).toBe(4);
  });

  test('merges ops without inputs, and symbolic sizes by their polynomial', () => {
    const s = input('s', ['n', 3]);
    const ids = () => cast(range({ size: s.shape[0] }), { dtype: 'float' });
    expect(opNames(simplify([add(ids(), ids())]))).toEqual(['range', 'cast', 'add']);
  });

  test('does not merge two inputs, 0 and −0, or numbers of two types', () => {
    expect(simple(add(x, y))).toContain('add(%x, %y)');
    const constants = [
      [0, -0],
      [0, 0],
    ]
      .map((data) => constantTensor(data, [2]))
      .concat(constantTensor([0, 0], [2], 'int32'));
    expect(new Set(simplify(constants).map(({ node }) => node)).size).toBe(3);
  });

  test('add(scatterAdd(0, i, u), z) becomes scatterAdd(z, i, u), from either side and through a reshape', () => {
    const table = input('z', [4, 3]);
    const ids = input('i', ['n'], 'int32');
    const rows = input('u', ['n', 3]);
    const scattered = () => scatterAdd(broadcastTo(constantTensor(0), { shape: [4, 3] }), ids, rows);
    expect(simple(add(scattered(), table))).toContain('= scatterAdd(%z, %i, %u)');
    expect(opNames(simplify([add(scattered(), table)]))).not.toContain('add');
    expect(opNames(simplify([add(table, scattered())]))).not.toContain('broadcastTo');
    const flat = add(reshape(scattered(), { shape: [12] }), input('flat', [12]));
    expect(opNames(simplify([flat]))).not.toContain('add');
  });

  test('a scatter into anything but zeros is unchanged', () => {
    const table = input('z', [4, 3]);
    const ids = input('i', ['n'], 'int32');
    const rows = input('u', ['n', 3]);
    const ones = broadcastTo(constantTensor(1), { shape: [4, 3] });
    expect(opNames(simplify([add(scatterAdd(ones, ids, rows), table)]))).toContain('add');
  });

  test('the gradients of a table that is read twice are gathered without a zero table for the second', () => {
    const table = input('table', [4, 3]);
    const ids = input('ids', ['n'], 'int32');
    const more = input('more', ['m'], 'int32');
    const loss = add(sum(gather(table, ids), { axes: [0, 1] }), sum(gather(table, more), { axes: [0, 1] }));
    const [g] = simplify(gradient(loss, [table]) as Tensor[]);
    expect(opNames([g]).filter((name) => name === 'add')).toEqual([]);
    expect(opNames([g]).filter((name) => name === 'scatterAdd').length).toBe(2);
    const feeds = { ids: value([2], [1, 1], 'int32'), more: value([3], [1, 3, 0], 'int32') };
    expect([...interpret([g], feeds)[0].data]).toEqual([1, 1, 1, 3, 3, 3, 0, 0, 0, 1, 1, 1]);
  });

  test('x·1 and x + 0 are x; x·0 stays, since x may be infinite', () => {
    expect(simplify([mul(x, 1)])[0]).toBe(x);
    expect(simplify([add(0, x)])[0]).toBe(x);
    expect(simple(mul(x, 0))).toContain('mul(%x, 0)');
    const [product] = interpret(simplify([mul(x, 0)]), { x: value([2, 3], [Infinity, 1, 1, 1, 1, 1]) });
    expect(product.data[0]).toBeNaN();
  });

  test('x + 0 that broadcasts x is not x', () => {
    const zeros = broadcastTo(constantTensor(0), { shape: [4, 2, 3] });
    expect(simplify([add(x, zeros)])[0].shape).toEqual([4, 2, 3]);
  });

  test('constants fold in float32, as the engine would compute them', () => {
    const [folded] = interpret(simplify([add(constantTensor(0.1), constantTensor(0.2))]), {});
    expect(folded.data[0]).toBe(Math.fround(Math.fround(0.1) + Math.fround(0.2)));
    const [tiny] = interpret(simplify([sub(add(constantTensor(1), constantTensor(1e-9)), 1)]), {});
    expect(tiny.data[0]).toBe(0);
  });

  test('a large constant result is left to the engine', () => {
    const large = broadcastTo(constantTensor(0), { shape: [1000] });
    expect(opNames(simplify([large]))).toEqual(['constant', 'broadcastTo']);
  });

  test('transposes merge and go into the product', () => {
    const swap = { permutation: [1, 0] };
    expect(simplify([transpose(transpose(x, swap), swap)])[0]).toBe(x);
    expect(simple(matmul(transpose(x, swap), y, {}))).toContain('matmul(%x, %y) {transposeA: true}');
  });

  describe('on rows', () => {
    const width = 4;
    const weight = (name: string) => input(name, [width, width]);
    const row = (name: string) => input(name, [width]);
    const between = (hidden: Tensor): Tensor => {
      const sum = add(linear(hidden, weight('w1'), row('b1')), mul(hidden, row('gain')));
      return linear(layerNorm(sum, row('scale'), row('bias'), { eps: 1e-5 }), weight('w2'), row('b2'));
    };
    const shapeOfNorm = (outputs: readonly Tensor[]) =>
      topological(outputs)
        .find(({ op }) => op === layerNorm.op)
        ?.outputs.map(({ shape }) => shape.map(String));

    test('what lies between two linear maps stays in the rows of the first', () => {
      const outputs = simplify([between(input('hidden', ['sentences', 'beams', width]))]);
      const all = String(dim('sentences * beams'));
      expect(shapeOfNorm(outputs)).toEqual([
        [all, '4'],
        [all, '1'],
        [all, '1'],
      ]);
      // The rows of what is read, those of its product with one, and the result in its shape.
      expect(opNames(outputs).filter((op) => op === 'reshape').length).toBe(3);
    });

    test('with the same numbers', () => {
      const numbers = (shape: readonly number[]) => {
        const count = shape.reduce((n, size) => n * size, 1);
        return value(
          shape,
          Float64Array.from({ length: count }, (_, i) => Math.sin(i * i + count)),
        );
      };
      const names = ['b1', 'gain', 'scale', 'bias', 'b2'];
      const given = {
        hidden: numbers([2, 3, width]),
        w1: numbers([width, width]),
        w2: numbers([width, width]),
        ...Object.fromEntries(names.map((name) => [name, numbers([width])])),
      };
      const outputs = [between(input('hidden', [2, 3, width]))];
      const simplified = simplify(outputs);
      expect(shapeOfNorm(simplified)?.[0]).toEqual(['6', '4']);
      expectClose(interpret(simplified, given)[0]!, interpret(outputs, given)[0]!, 1e-12, 'rows');
    });

    test('a number for each row is a column beside them', () => {
      const hidden = input('hidden', ['sentences', 'beams', width]);
      const perRow = input('per_row', ['sentences', 'beams', 1]);
      const outputs = simplify([linear(mul(linear(hidden, weight('w1')), perRow), weight('w2'))]);
      const all = String(dim('sentences * beams'));
      const product = topological(outputs).find(({ op }) => op === mul.op);
      expect(product?.inputs.map(({ shape }) => shape.map(String))).toEqual([
        [all, '4'],
        [all, '1'],
      ]);
      expect(opNames(outputs).filter((op) => op === 'reshape').length).toBe(3);
    });

    test('a norm of sums of rows stays in rows, with the same numbers', () => {
      const hidden = input('hidden', ['sentences', 'beams', width]);
      const normed = rmsNorm(add(linear(hidden, weight('w1')), hidden), row('scale'), { eps: 1e-6 });
      const outputs = [linear(normed, weight('w2'))];
      const simplified = simplify(outputs);
      // The rows of what is read, and the result in its shape.
      expect(opNames(simplified).filter((op) => op === 'reshape').length).toBe(2);
      const given = {
        hidden: value(
          [2, 3, width],
          Float64Array.from({ length: 6 * width }, (_, i) => Math.sin(i * i)),
        ),
        w1: value(
          [width, width],
          Float64Array.from({ length: width * width }, (_, i) => Math.cos(i)),
        ),
        w2: value(
          [width, width],
          Float64Array.from({ length: width * width }, (_, i) => Math.sin(i)),
        ),
        scale: value([width], [1, 2, 3, 4]),
      };
      // Constants are folded in float32.
      expectClose(interpret(simplified, given)[0]!, interpret(outputs, given)[0]!, 1e-6, 'rows');
    });

    test('what reads another axis, or another shape, keeps its shape', () => {
      const hidden = input('hidden', ['sentences', 'beams', width]);
      const made = linear(hidden, weight('w1'));
      const other = input('other', ['sentences', 1, width]);
      for (const outputs of [[softmax(transpose(made, { permutation: [0, 2, 1] }))], [add(made, other)]]) {
        expect(simplify(outputs)[0]?.node.op).not.toBe(reshape.op);
      }
      const heads = reshape(linear(hidden, weight('w1')), { shape: ['sentences', 'beams', 2, 2].map(dim) });
      expect(simplify([softmax(heads)])[0]?.node.op).toBe(softmax.op);
    });
  });

  test('opens composites that have no native form, and keeps the scope of what it rebuilds', () => {
    const inner = defineComposite({ name: 'inner', inputs: ['a'], body: ({ a }) => exp(exp(a)), samples: [] });
    const outer = defineComposite({ name: 'outer', inputs: ['a'], body: ({ a }) => inner(tanh(a)), samples: [] });
    const made = withScope('decoder', () => withScope('layers.0', () => outer(x)));
    const [opened] = simplify([made]);
    expect(opNames([opened])).toEqual(['input', 'tanh', 'exp', 'exp']);
    expect(
      topological([opened])
        .slice(1)
        .map(({ scope }) => scope),
    ).toEqual(Array(3).fill('decoder.layers.0'));
    const [g] = gradient(made, [x]) as Tensor[];
    const scopes = new Set(topological(simplify([g])).map(({ scope }) => scope));
    expect([...scopes].filter(Boolean)).toEqual(['decoder.layers.0']);
  });

  test('a composite whose body gives back its input vanishes', () => {
    const same = defineComposite({ name: 'same', inputs: ['a'], body: ({ a }) => a, samples: [] });
    expect(simplify([same(x)])[0]).toBe(x);
    expect(simple(...(gradient(same(mul(x, 2)), [x]) as Tensor[]))).toContain('[2, 3]');
  });
});
