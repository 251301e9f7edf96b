import { describe, expect, test } from 'vitest';
import {
  add,
  addDim,
  constantTensor,
  dim,
  type EngineHabit,
  gradient,
  input,
  interpret,
  mul,
  mulDim,
  reshape,
  scatterAdd,
  sum,
  type Tensor,
  value,
  withScope,
} from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { allNodes, definedNames, readModel } from '../../src/onnx/read-model.ts';
import { cast, concat, exp, linear, linearCrossEntropy, range, slice } from '../../src/ops/index.ts';
import { bindingBackend } from '../../src/runtime/node/binding.ts';
import { drawFloats } from '../ops/draw.ts';
import { fromHost, runLowered, runModel, toHost } from '../ops/engine.ts';
import { expectClose, tolerance } from '../ops/tolerance.ts';

const backend = bindingBackend();
const random = (shape: readonly number[], seed = 'x') =>
  value(
    shape,
    drawFloats(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ),
  );

describe('a lowered model', () => {
  const x = input('x', ['batch', 3]);

  test('says opset 20, IR 9 and com.microsoft, and has the same bytes every time', () => {
    const model = () => lower({ y: exp(x) }).bytes;
    const { irVersion, opsets } = readModel(model());
    expect(irVersion).toBe(9);
    expect(opsets).toEqual({ '': 20, 'com.microsoft': 1 });
    expect(model()).toEqual(model());
  });

  test('says the sizes of the values in between, so that the engine can write one in place of another', () => {
    const rows = reshape(exp(x), { shape: [mulDim(3, dim('batch'))] });
    const { graph } = readModel(lower({ y: exp(mul(rows, 2)) }).bytes);
    const made = graph.nodes.filter(({ name }) => /Exp|Reshape|Mul/.test(name)).flatMap(({ outputs }) => outputs);
    expect(graph.typed.filter((name) => made.includes(name))).toHaveLength(made.length - 1);
    expect(graph.typed).not.toContain('y');
  });

  test('takes and gives what it says, under the given names', () => {
    const model = lower({ first: exp(x), second: add(x, input('z', [])) });
    expect([...model.inputs].map(([name, tensor]) => `${name} ${tensor}`)).toEqual([
      'x float [batch, 3]',
      'z float []',
    ]);
    expect([...model.outputs.keys()]).toEqual(['first', 'second']);
    const { graph } = readModel(model.bytes);
    expect(graph.inputs).toEqual(['x', 'z']);
    expect(graph.outputs).toEqual(['first', 'second']);
  });

  test('may name its inputs, outputs and initializers as properties that every object has', async () => {
    const [a, b] = [input('constructor', [2]), input('toString', [2])];
    const outputs = { valueOf: add(a, b), hasOwnProperty: mul(a, b) };
    const toStrings = { toString: { shape: [2], data: Float32Array.of(3, 4) } };
    const feeds = { constructor: value([2], [1, 2]), toString: value([2], [3, 4]) };
    for (const stored of [{}, toStrings]) {
      const model = lower(outputs, stored);
      expect([...model.inputs.keys()]).toEqual(
        ['constructor', 'toString'].filter((name) => !Object.hasOwn(stored, name)),
      );
      const results = new Map(Object.entries(await runModel(backend, model, feeds)));
      expect(results.get('valueOf')?.data).toEqual(Float64Array.of(4, 6));
      expect(results.get('hasOwnProperty')?.data).toEqual(Float64Array.of(3, 8));
    }
    expect(interpret([outputs.valueOf], feeds)[0].data).toEqual(Float64Array.of(4, 6));
  });

  test('omits inputs that nothing reads', () => {
    const unread = input('unread', [2]);
    const y = concat([exp(x), x], { axis: 1 });
    const [g] = gradient(sum(add(y, sum(unread, { axes: [0] })), { axes: [0, 1] }), [x]) as Tensor[];
    expect([...lower({ g }).inputs.keys()]).toEqual(['x']);
  });

  test('names nodes by the layer that made them', () => {
    const y = withScope('encoder.layers.0', () => exp(x));
    expect(readModel(lower({ y }).bytes).graph.nodes.map(({ name }) => name)).toEqual(['encoder.layers.0/Exp_0']);
  });

  test('gives an input back as an output, and one tensor under two names', async () => {
    const y = exp(x);
    const fed = { x: random([2, 3]) };
    const found = await runLowered(backend, { same: x, one: y, other: y }, fed);
    expect(found.same).toEqual(fed.x);
    expect(found.one).toEqual(found.other);
  });

  test.each<[string, () => unknown, string]>([
    ['two inputs', () => lower({ y: add(input('a', []), input('a', [])) }), 'lower: two inputs have the name "a"'],
    ['an input and an output', () => lower({ x: exp(x) }), 'lower: an output and an input both have the name "x"'],
  ])('%s of one name are refused', (_, make, message) => {
    expect(make).toThrow(message);
  });

  test('constants are stored once, but 0 is not −0 and 1 is not 1.0', async () => {
    const y = [add(x, 0.5), mul(x, 0.5), add(x, -0), mul(x, constantTensor([-0, 0, 0.5], [3]))];
    const { graph } = readModel(lower({ a: y[0], b: y[1] }).bytes);
    expect(graph.initializers.length).toBe(1);
    const signs = await runLowered(
      backend,
      { y: mul(x, constantTensor(-0)), z: mul(x, 0) },
      { x: value([1, 3], [1, 1, 1]) },
    );
    expect([...signs.y.data, ...signs.z.data].map((n) => Object.is(n, -0))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('symbolic sizes', () => {
  test('one program serves every size', async () => {
    const x = input('x', ['batch', 'time', 4]);
    const y = linear(x, input('w', [2, 4]), input('b', [2]));
    const steps = cast(range({ size: dim('time') }), { dtype: 'float' });
    const z = add(sum(x, { axes: [2] }), steps);
    const flat = reshape(y, { shape: [dim('batch'), 2, dim('time')] });
    const outputs = { y, z, flat };
    const model = lower(outputs);
    const program = await backend.compile(model.bytes, { threads: 1 });
    for (const [batch, time] of [
      [1, 1],
      [3, 2],
      [2, 7],
    ]) {
      const feeds = { x: random([batch, time, 4]), w: random([2, 4], 'w'), b: random([2], 'b') };
      const hosts = Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [name, toHost(fed)]));
      const results = await program.run(hosts);
      interpret(Object.values(outputs), feeds).forEach((expected, i) => {
        const name = Object.keys(outputs)[i];
        expectClose(fromHost(results[name]), expected, tolerance.output, name);
      });
    }
    await program.dispose();
  });

  test('a symbol follows from a multiple, and from a sum with a number', async () => {
    const blocks = reshape(input('x', ['4*blocks']), { shape: [dim('blocks'), 4] });
    const shifted = add(cast(range({ size: dim('n') }), { dtype: 'float' }), sum(input('s', ['n + 1']), { axes: [0] }));
    const feeds = { x: random([12]), s: value([4], [1, 1, 1, 1]) };
    const found = await runLowered(
      backend,
      { blocks: add(blocks, sum(blocks, { axes: [1], keepDims: true })), shifted },
      feeds,
    );
    expect(found.blocks.shape).toEqual([3, 4]);
    expect([...found.shifted.data]).toEqual([4, 5, 6]);
  });

  test('a sum of two symbols is computed from the inputs that have them', async () => {
    const past = input('past', ['past', 2]);
    const now = input('now', ['time', 2]);
    const keys = concat([past, now], { axis: 0 });
    const positions = cast(range({ size: addDim(dim('past'), dim('time')) }), { dtype: 'float' });
    const y = add(keys, reshape(positions, { shape: [addDim(dim('time'), dim('past')), 1] }));
    const tail = slice(y, { axis: 0, start: dim('past'), end: addDim(dim('past'), dim('time')) });
    const feeds = { past: value([2, 2], [0, 0, 0, 0]), now: value([1, 2], [1, 2]) };
    const found = await runLowered(backend, { y, tail }, feeds);
    expect([...found.y.data]).toEqual([0, 0, 1, 1, 3, 4]);
    expect([...found.tail.data]).toEqual([3, 4]);
  });

  test('a symbol that no input gives is refused by name', () => {
    expect(() => lower({ y: range({ size: dim('time') }) })).toThrow(
      'lower: "time" does not follow from a dimension of an input',
    );
    const x = input('x', ['a + b']);
    expect(() => lower({ y: add(x, cast(range({ size: dim('a + b') }), { dtype: 'float' })) })).toThrow(
      /"[ab]" does not follow/,
    );
  });
});

describe('initializers', () => {
  const [x, w] = [input('x', ['batch', 2]), input('w', [3, 2])];
  const stored = { w: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) } };

  test('are part of the model and no longer fed', async () => {
    const model = lower({ y: linear(x, w) }, stored);
    expect([...model.inputs.keys()]).toEqual(['x']);
    expect(readModel(model.bytes).graph.initializers).toContain('w');
    const found = await runModel(backend, model, { x: value([1, 2], [1, 10]) });
    expect([...found.y.data]).toEqual([21, 43, 65]);
  });

  test('of another shape, length or type are refused', () => {
    const ids = input('ids', [2], 'int32');
    expect(() =>
      lower({ ids: cast(ids, { dtype: 'float' }) }, { ids: { shape: [2], data: new Float32Array(2) } }),
    ).toThrow('lower: initializer "ids" must be int32 [2], got float [2] of 2 numbers');
    const wrong = (shape: number[], length: number) =>
      lower({ y: linear(x, w) }, { w: { shape, data: new Float32Array(length) } });
    expect(() => wrong([2, 3], 6)).toThrow(
      'lower: initializer "w" must be float [3, 2], got float [2, 3] of 6 numbers',
    );
    expect(() => wrong([3, 2], 5)).toThrow(
      'lower: initializer "w" must be float [3, 2], got float [3, 2] of 5 numbers',
    );
    expect(() => lower({ y: exp(x) }, { x: { shape: [1, 2], data: new Float32Array(2) } })).toThrow(
      'lower: initializer "x" must be float [batch, 2], got float [1, 2]',
    );
  });
});

describe('bodies of loops', () => {
  const loss = (name: string): { loss: Tensor; gradients: Record<string, Tensor> } => {
    const inputs = [input(`${name}_x`, ['chunks', 'rows', 3]), input(`${name}_w`, [5, 3]), input(`${name}_b`, [5])];
    const labels = input(`${name}_labels`, ['chunks', 'rows'], 'int32');
    const made = linearCrossEntropy(inputs[0], inputs[1], inputs[2], labels, 0.5, { labelSmoothing: 0.1 });
    const gradients = gradient(made, inputs) as Tensor[];
    return { loss: made, gradients: Object.fromEntries(gradients.map((g, i) => [`${name}_d${i}`, g])) };
  };

  test('define every name once in the whole model', () => {
    const [a, b] = [loss('a'), loss('b')];
    const { graph } = readModel(lower({ total: add(a.loss, b.loss), ...a.gradients, ...b.gradients }).bytes);
    const loops = allNodes(graph).filter(({ type }) => type === 'Scan');
    expect(loops.map(({ bodies }) => bodies.length)).toEqual([1, 1]);
    const names = definedNames(graph);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const nodes = allNodes(graph).map(({ name }) => name);
    expect(new Set(nodes).size).toBe(nodes.length);
  });

  test('read nothing that is not defined before', () => {
    const { graph } = readModel(lower({ loss: loss('a').loss, ...loss('a2').gradients }).bytes);
    const check = (part: typeof graph, outside: ReadonlySet<string>): void => {
      const known = new Set([...outside, ...part.inputs, ...part.initializers]);
      for (const node of part.nodes) {
        expect(node.inputs.filter((name) => name && !known.has(name))).toEqual([]);
        for (const body of node.bodies) check(body, known);
        for (const name of node.outputs) known.add(name);
      }
      expect(part.outputs.filter((name) => !known.has(name))).toEqual([]);
    };
    check(graph, new Set());
  });

  test('the loss alone makes no gradient', () => {
    const { graph } = readModel(lower({ loss: loss('a').loss }).bytes);
    expect(allNodes(graph).map(({ type }) => type)).not.toContain('ScatterElements');
    expect(graph.nodes.find(({ type }) => type === 'Scan')?.outputs.length).toBe(1);
  });
});

describe('scattered rows', () => {
  const places = (size: number, width: number, habits?: ReadonlySet<EngineHabit>) => {
    const table = input('table', [size, width]);
    const sums = scatterAdd(table, input('ids', ['count'], 'int32'), input('rows', ['count', width]));
    const { graph } = readModel(lower({ sums }, {}, { habits }).bytes);
    const at = graph.nodes.findIndex(({ type }) => type === 'ScatterElements');
    return graph.nodes.find(({ outputs }) => outputs.includes(graph.nodes[at].inputs[1]))?.type;
  };

  test('are added number by number into a vector, which the engine does faster than into a matrix', () => {
    expect(places(1000, 8)).toBe('Reshape');
  });

  test('are added into the matrix where its numbers are too many to count in 32 bits, and on a plugin', () => {
    expect(places(2 ** 28, 8)).toBe('Expand');
    expect(places(1000, 8, new Set(['noCaptures'] as const))).toBe('Expand');
  });
});
