import type { Backend, HostTensor } from '../../src/runtime/backend.ts';
import { type BackendCase, engine, f32, fails, same, using } from './backend-case.ts';
import { type Model, onnxBytes } from './onnx-bytes.ts';

/** y = x with rows replaced; `twin` = y. */
const replacing: Model = {
  inputs: [
    { name: 'x', type: 'float32', shape: ['n', 2] },
    { name: 'at', type: 'int64', shape: ['m', 1] },
    { name: 'rows', type: 'float32', shape: ['m', 2] },
  ],
  outputs: [
    { name: 'y', type: 'float32', shape: ['n', 2] },
    { name: 'twin', type: 'float32', shape: ['n', 2] },
  ],
  nodes: [
    { op: 'ScatterND', inputs: ['x', 'at', 'rows'], outputs: ['y'] },
    { op: 'Identity', inputs: ['y'], outputs: ['twin'] },
  ],
};

/** y = x + b, where the sizes may disagree. */
const adding: Model = {
  inputs: [
    { name: 'x', type: 'float32', shape: ['n', 2] },
    { name: 'b', type: 'float32', shape: ['m', 2] },
  ],
  outputs: [{ name: 'y', type: 'float32', shape: ['n', 2] }],
  nodes: [{ op: 'Add', inputs: ['x', 'b'], outputs: ['y'] }],
};

const at = (...rows: number[]): HostTensor => ({
  type: 'int64',
  shape: [rows.length, 1],
  data: BigInt64Array.from(rows, BigInt),
});

const start = () => f32([3, 2], [1, 2, 3, 4, 5, 6]);
const keep = ['y'];
const overwrite = { y: 'x' };

const copying: Model = {
  inputs: [{ name: 'x', type: 'float32', shape: ['n', 2] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['n', 2] }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
};

/** A kept tensor with the numbers of {@link start}. */
const keptStart = async (backend: Backend) => {
  const program = await backend.compile(onnxBytes(copying), { threads: 1 });
  const { y } = await program.run({ x: start() }, { keep });
  await program.dispose();
  return engine(y);
};

/** What every engine does with an output that may be written over an input. */
export const overwriteCases: readonly BackendCase[] = [
  {
    name: 'an output can be written over a kept input, run after run, which is disposed of',
    run: (backend) =>
      using(backend, replacing, async (program) => {
        const x = await keptStart(backend);
        const first = await program.run({ x, at: at(2, 0), rows: f32([2, 2], [7, 8, 9, 10]) }, { keep, overwrite });
        same(first.twin, f32([3, 2], [9, 10, 3, 4, 7, 8]));
        await fails(x.read(), 'disposed of');
        const feeds = { x: engine(first.y), at: at(1), rows: f32([1, 2], [0, -1]) };
        const second = await program.run(feeds, { keep, overwrite, fetch: ['y'] });
        same(await engine(second.y).read(), f32([3, 2], [9, 10, 0, -1, 7, 8]));
        await fails(engine(first.y).read(), 'disposed of');
        engine(second.y).dispose();
      }),
  },
  {
    name: 'an output that is requested twice is one tensor',
    run: (backend) =>
      using(backend, replacing, async (program) => {
        const feeds = { x: await keptStart(backend), at: at(1), rows: f32([1, 2], [0, -1]) };
        const { y } = await program.run(feeds, { keep, overwrite, fetch: ['y', 'y'] });
        same(await engine(y).read(), f32([3, 2], [1, 2, 0, -1, 5, 6]));
        engine(y).dispose();
      }),
  },
  {
    name: 'a tensor of the host is not written over',
    run: (backend) =>
      using(backend, replacing, async (program) => {
        const x = start();
        const { y } = await program.run({ x, at: at(1), rows: f32([1, 2], [0, 0]) }, { keep, overwrite });
        same(await engine(y).read(), f32([3, 2], [1, 2, 0, 0, 5, 6]));
        same(x, start());
        engine(y).dispose();
      }),
  },
  {
    name: 'a run that fails has spent the tensor that it was to write over, and the program runs again',
    run: (backend) =>
      using(backend, adding, async (program) => {
        const x = await keptStart(backend);
        await fails(program.run({ x, b: f32([2, 2], [1, 1, 1, 1]) }, { keep, overwrite }));
        await fails(x.read(), 'disposed of');
        same((await program.run({ x: start(), b: f32([1, 2], [1, 0]) })).y, f32([3, 2], [2, 2, 4, 4, 6, 6]));
      }),
  },
  {
    name: 'a run that fails over a tensor that was disposed of has spent the other one, in any order',
    run: (backend) =>
      using(backend, adding, async (program) => {
        for (const spent of ['x', 'b']) {
          const [kept, gone] = [await keptStart(backend), await keptStart(backend)];
          gone.dispose();
          const feeds = { x: gone, b: gone, [spent]: kept };
          await fails(program.run(feeds, { keep, overwrite: { y: spent } }), 'disposed of');
          await fails(kept.read(), 'disposed of');
        }
      }),
  },
  {
    name: 'what cannot be written over is refused, all in one message, and nothing is spent',
    run: (backend) =>
      using(backend, replacing, async (program) => {
        const x = await keptStart(backend);
        const feeds = { x, at: at(0), rows: x };
        const all = { y: 'xx', twin: 'x' };
        await fails(
          program.run(feeds, { keep, overwrite: all }),
          'no input "xx"',
          'did you mean "x"',
          'output "twin" must be in "keep"',
          '"x", "rows"',
        );
        const both = { keep: ['y', 'twin'], overwrite: { y: 'x', twin: 'x' } };
        await fails(program.run({ ...feeds, rows: start() }, both), 'by one output');
        same(await x.read(), start());
        x.dispose();
      }),
  },
];
