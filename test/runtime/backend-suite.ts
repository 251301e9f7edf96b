/**
 * What every engine must do, as plain cases: a test runner calls them in Node, a page calls them in a browser.
 *
 * Nothing here imports a test runner or Node.
 */

import type { Backend, HostTensor, HostType } from '../../src/runtime/backend.ts';
import { abortCases } from './abort-case.ts';
import { affine, type BackendCase, engine, f32, fail, fails, host, same, using } from './backend-case.ts';
import { type Model, onnxBytes } from './onnx-bytes.ts';
import { overwriteCases } from './overwrite-case.ts';
import { weightCases } from './weight-case.ts';

/** sum = a + b and difference = a − b, elementwise over [size]. */
const sumAndDifference: Model = {
  inputs: [
    { name: 'a', type: 'float32', shape: ['size'] },
    { name: 'b', type: 'float32', shape: ['size'] },
  ],
  outputs: [
    { name: 'sum', type: 'float32', shape: ['size'] },
    { name: 'difference', type: 'float32', shape: ['size'] },
  ],
  nodes: [
    { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
    { op: 'Sub', inputs: ['a', 'b'], outputs: ['difference'] },
  ],
};

function identity(type: HostType, shape: readonly (number | string)[]): Model {
  return {
    inputs: [{ name: 'x', type, shape }],
    outputs: [{ name: 'y', type, shape }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  };
}

const samples: readonly HostTensor[] = [
  f32([2, 2], [1.5, -0, Number.NaN, Number.POSITIVE_INFINITY]),
  { type: 'int32', shape: [3], data: Int32Array.of(-2147483648, 0, 2147483647) },
  { type: 'int64', shape: [2, 1], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  { type: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
  { type: 'uint8', shape: [4], data: Uint8Array.of(0, 1, 128, 255) },
  { type: 'int8', shape: [4], data: Int8Array.of(-128, -1, 0, 127) },
  f32([], [7]),
  f32([0, 3], []),
];

/** Properties that every plain object has by inheritance. */
const propertyNames = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];

/** −x for each of the names, which is the input's (the output is `out/NAME`) or the output's (the input is `in/NAME`). */
const negations = (isInput: boolean): Model => {
  const pairs = propertyNames.map((name) => (isInput ? [name, `out/${name}`] : [`in/${name}`, name]));
  return {
    inputs: pairs.map(([name]) => ({ name, type: 'float32', shape: ['size'] })),
    outputs: pairs.map(([, name]) => ({ name, type: 'float32', shape: ['size'] })),
    nodes: pairs.map(([from, to]) => ({ op: 'Neg', inputs: [from], outputs: [to] })),
  };
};

export const backendCases: readonly BackendCase[] = [
  {
    name: 'a program knows the names of its inputs and outputs, in order',
    run: (backend) =>
      using(backend, sumAndDifference, async (program) => {
        if (program.inputs.join() !== 'a,b') fail(`inputs are ${program.inputs}`);
        if (program.outputs.join() !== 'sum,difference') fail(`outputs are ${program.outputs}`);
      }),
  },
  {
    name: 'one program runs at every size of a symbolic dimension',
    run: (backend) =>
      using(backend, affine, async (program) => {
        for (const rows of [1, 3, 2]) {
          const { y } = await program.run({ x: f32([rows, 2], Array<number>(rows * 2).fill(1)) });
          same(y, f32([rows, 3], Array.from({ length: rows }, () => [5.5, 7, 8.5]).flat()));
        }
      }),
  },
  ...samples.map((x) => ({
    name: `${x.type} [${x.shape}] goes in and comes out unchanged`,
    run: (backend: Backend) =>
      using(
        backend,
        identity(
          x.type,
          x.shape.map((_, axis) => `d${axis}`),
        ),
        async (program) => same((await program.run({ x })).y, x),
      ),
  })),
  {
    name: 'a tensor may be a window into a larger buffer',
    run: (backend) =>
      using(backend, sumAndDifference, async (program) => {
        const arena = Float32Array.from({ length: 100 }, (_, i) => i);
        const a: HostTensor = { type: 'float32', shape: [3], data: arena.subarray(10, 13) };
        const b: HostTensor = { type: 'float32', shape: [3], data: arena.subarray(21, 24) };
        const into: HostTensor = { type: 'float32', shape: [3], data: arena.subarray(51, 54) };
        const { sum } = await program.run({ a, b }, { into: { sum: into } });
        same(sum, f32([3], [31, 33, 35]));
        if (arena[50] !== 50 || arena[54] !== 54) fail('wrote outside the window');
      }),
  },
  {
    name: 'fetch gives the outputs asked for and no others',
    run: (backend) =>
      using(backend, sumAndDifference, async (program) => {
        const results = await program.run({ a: f32([1], [3]), b: f32([1], [1]) }, { fetch: ['difference'] });
        if (Object.keys(results).join() !== 'difference') fail(`got ${Object.keys(results)}`);
        same(results.difference, f32([1], [2]));
      }),
  },
  {
    name: 'an input may be named as a property that every object has',
    run: (backend) =>
      using(backend, negations(true), async (program) => {
        const feeds = Object.fromEntries(propertyNames.map((name, i) => [name, f32([2], [i, 1])]));
        const results = await program.run(feeds);
        for (const [i, name] of propertyNames.entries()) same(results[`out/${name}`], f32([2], [-i, -1]));
        const [first, ...others] = Object.entries(feeds);
        await fails(program.run(Object.fromEntries(others)), `input "${first[0]}" is missing`);
        await fails(program.run({ ...feeds, isPrototypeOf: first[1] }), 'no input "isPrototypeOf"');
      }),
  },
  {
    name: 'an output may be named as a property that every object has: fetched, kept and given a tensor',
    run: (backend) =>
      using(backend, negations(false), async (program) => {
        const feeds = Object.fromEntries(propertyNames.map((name, i) => [`in/${name}`, f32([2], [i, 1])]));
        const all = await program.run(feeds);
        if (Object.keys(all).sort().join() !== [...propertyNames].sort().join()) fail(`got ${Object.keys(all)}`);
        for (const [i, name] of propertyNames.entries()) {
          const expected = f32([2], [-i, -1]);
          same(all[name], expected);
          const { [name]: into } = await program.run(feeds, { fetch: [name], into: { [name]: f32([2], [9, 9]) } });
          same(into, expected);
          const { [name]: kept } = await program.run(feeds, { fetch: [name], keep: [name] });
          engine(kept).dispose();
        }
        await fails(program.run(feeds, { fetch: ['isPrototypeOf'] }), 'no output "isPrototypeOf"');
      }),
  },
  {
    name: 'an input or output named __proto__ is refused, since no record can hold it safely',
    run: async (backend) => {
      const model = (x: string, y: string): Model => ({
        inputs: [{ name: x, type: 'float32', shape: [1] }],
        outputs: [{ name: y, type: 'float32', shape: [1] }],
        nodes: [{ op: 'Neg', inputs: [x], outputs: [y] }],
      });
      await fails(backend.compile(onnxBytes(model('__proto__', 'y'))), 'compile', '__proto__');
      await fails(backend.compile(onnxBytes(model('x', '__proto__'))), 'compile', '__proto__');
    },
  },
  {
    name: 'results of different runs do not share memory',
    run: (backend) =>
      using(backend, sumAndDifference, async (program) => {
        const first = await program.run({ a: f32([2], [1, 2]), b: f32([2], [3, 4]) });
        await program.run({ a: f32([2], [9, 9]), b: f32([2], [9, 9]) });
        same(first.sum, f32([2], [4, 6]));
      }),
  },
  {
    name: 'an output fed back as the next input, in the same tensor, accumulates',
    run: (backend) =>
      using(backend, sumAndDifference, async (program) => {
        let state: HostTensor = f32([300], new Float32Array(300));
        const b = f32([300], new Float32Array(300).fill(1));
        for (let i = 0; i < 5; i++) {
          const results = await program.run({ a: state, b }, { into: { sum: state }, fetch: ['sum'] });
          state = host(results.sum);
        }
        same(state, f32([300], new Float32Array(300).fill(5)));
      }),
  },
  {
    name: 'a kept output feeds the next run and its own program is not needed for that',
    run: async (backend) => {
      const first = await backend.compile(onnxBytes(affine), { threads: 1 });
      const { y } = await first.run({ x: f32([1, 2], [1, 1]) }, { keep: ['y'] });
      await first.dispose();
      const kept = engine(y);
      if (kept.type !== 'float32' || kept.shape.join() !== '1,3') fail(`kept ${kept.type} [${kept.shape}]`);
      await using(backend, identity('float32', ['rows', 3]), async (second) => {
        same((await second.run({ x: kept })).y, f32([1, 3], [5.5, 7, 8.5]));
        same((await second.run({ x: kept })).y, f32([1, 3], [5.5, 7, 8.5]));
        kept.dispose();
        kept.dispose();
        await fails(second.run({ x: kept }), 'disposed of');
      });
    },
  },
  {
    name: 'a kept output can be read, any number of times, until it is disposed of',
    run: (backend) =>
      using(backend, affine, async (program) => {
        const kept = engine((await program.run({ x: f32([1, 2], [1, 1]) }, { keep: ['y'] })).y);
        const first = await kept.read();
        same(first, f32([1, 3], [5.5, 7, 8.5]));
        first.data.fill(0 as never);
        same(await kept.read(), f32([1, 3], [5.5, 7, 8.5]));
        await using(backend, identity('float32', ['rows', 3]), async (second) =>
          same((await second.run({ x: kept })).y, f32([1, 3], [5.5, 7, 8.5])),
        );
        kept.dispose();
        await fails(kept.read(), 'disposed of');
      }),
  },
  {
    name: 'wrong names are refused, all in one message, with the nearest name',
    run: (backend) =>
      using(backend, sumAndDifference, async (program) => {
        const a = f32([1], [1]);
        await fails(program.run({ a, bb: a }), 'input "b" is missing', 'no input "bb"', 'did you mean "b"');
        await fails(program.run({ a, b: a }, { fetch: ['summ'] }), 'no output "summ"', 'did you mean "sum"');
        await fails(
          program.run({ a, b: a }, { keep: ['difference'], into: { difference: a } }),
          '"difference"',
          'both',
        );
        same((await program.run({ a, b: a })).sum, f32([1], [2]));
      }),
  },
  {
    name: 'a wrong shape is refused with both shapes',
    run: (backend) =>
      using(backend, affine, async (program) => {
        await fails(program.run({ x: f32([2, 4], new Float32Array(8)) }), 'input "x"', '[rows, 2]', '[2, 4]');
        await fails(program.run({ x: f32([2], [1, 2]) }), 'input "x"', '[rows, 2]', '[2]');
        await fails(program.run({ x: f32([2, 2], [1]) }), 'input "x"', '4 elements, got 1');
        const x = f32([1, 2], [1, 1]);
        await fails(program.run({ x }, { into: { y: f32([1, 4], new Float32Array(4)) } }), 'output "y"', '[1, 4]');
        await fails(program.run({ x }, { into: { y: f32([2, 3], new Float32Array(6)) } }), /\{1,3\}|\[1, 3\]/);
        same((await program.run({ x })).y, f32([1, 3], [5.5, 7, 8.5]));
      }),
  },
  {
    name: 'sizes that disagree inside the graph are an error that says so',
    run: (backend) =>
      using(backend, sumAndDifference, async (program) => {
        await fails(program.run({ a: f32([2], [1, 2]), b: f32([3], [1, 2, 3]) }), /broadcast/i, '2', '3');
        same((await program.run({ a: f32([1], [1]), b: f32([1], [1]) })).sum, f32([1], [2]));
      }),
  },
  {
    name: 'a wrong type is refused with both types',
    run: (backend) =>
      using(backend, affine, async (program) => {
        const x: HostTensor = { type: 'int32', shape: [1, 2], data: Int32Array.of(1, 1) };
        await fails(program.run({ x }), 'input "x"', 'float32', 'int32');
        await fails(program.run({ x: { ...x, type: 'float32' } }), 'input "x"', 'Float32Array', 'Int32Array');
      }),
  },
  {
    name: 'bytes that are no model, and a model the engine cannot run, are refused',
    run: async (backend) => {
      await fails(backend.compile(Uint8Array.of(1, 2, 3)), 'compile');
      const unknown = onnxBytes({ ...affine, nodes: [{ op: 'Warp', inputs: ['x'], outputs: ['y'] }] });
      await fails(backend.compile(unknown), 'compile', 'Warp');
      const double = onnxBytes({
        inputs: [{ name: 'x', type: 11, shape: [1] }],
        outputs: [{ name: 'y', type: 11, shape: [1] }],
        nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
      });
      await fails(backend.compile(double), 'compile', '"x"', 'float64');
    },
  },
  {
    name: 'a program refuses a second run while one is in flight, and goes on',
    run: (backend) =>
      using(backend, affine, async (program) => {
        const x = f32([1, 2], [1, 1]);
        const first = program.run({ x });
        await fails(program.run({ x }), 'already running');
        same((await first).y, f32([1, 3], [5.5, 7, 8.5]));
        same((await program.run({ x })).y, f32([1, 3], [5.5, 7, 8.5]));
      }),
  },
  ...abortCases,
  ...overwriteCases,
  ...weightCases,
  {
    name: 'dispose waits for the run in flight, may be called twice, and ends the program',
    run: async (backend) => {
      const program = await backend.compile(onnxBytes(affine), { threads: 1 });
      const x = f32([1, 2], [1, 1]);
      const order: string[] = [];
      const running = program.run({ x }).then((results) => {
        order.push('run');
        return results;
      });
      const disposing = program.dispose().then(() => order.push('dispose'));
      await fails(program.run({ x }), 'disposed');
      same((await running).y, f32([1, 3], [5.5, 7, 8.5]));
      await disposing;
      await program.dispose();
      if (order.join() !== 'run,dispose') fail(`order was ${order}`);
    },
  },
  {
    name: 'ScatterElements adds 8,192 updates of 3 rows exactly with 4 threads',
    run: (backend) => {
      const [updates, rows, width] = [8192, 3, 16];
      const ids = Int32Array.from({ length: updates }, (_, i) => (i * 7 + (i >> 4)) % rows);
      const expanded = Int32Array.from({ length: updates * width }, (_, i) => ids[Math.floor(i / width)]);
      const values = Float32Array.from({ length: updates * width }, (_, i) => (i % 5) + 1);
      const expected = new Float32Array(rows * width);
      for (let i = 0; i < values.length; i++) expected[expanded[i] * width + (i % width)] += values[i];
      const model: Model = {
        inputs: [
          { name: 'ids', type: 'int32', shape: ['updates', width] },
          { name: 'values', type: 'float32', shape: ['updates', width] },
        ],
        outputs: [{ name: 'y', type: 'float32', shape: [rows, width] }],
        nodes: [
          {
            op: 'ScatterElements',
            inputs: ['zeros', 'ids', 'values'],
            outputs: ['y'],
            attributes: { axis: 0, reduction: 'add' },
          },
        ],
        initializers: { zeros: f32([rows, width], new Float32Array(rows * width)) },
      };
      const feeds = {
        ids: { type: 'int32', shape: [updates, width], data: expanded },
        values: f32([updates, width], values),
      } as const;
      return using(
        backend,
        model,
        async (program) => {
          for (let i = 0; i < 3; i++) same((await program.run(feeds)).y, f32([rows, width], expected));
        },
        4,
      );
    },
  },
];
