import { describe, expect, test } from 'vitest';
import { gather, gradient, input, mul, scatterAdd, sum, type Tensor, value } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { allNodes, readModel } from '../../src/onnx/read-model.ts';
import { putRows } from '../../src/ops/index.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { bindingBackend } from '../../src/runtime/node/binding.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { draw } from '../ops/draw.ts';
import { fromHost, toHost } from '../ops/engine.ts';
import { opCases, trace } from '../ops/op-case.ts';

const [rows, width, updates] = [3, 64, 8192];

/** Two threads must meet in one row for an update to get lost: `ScatterND` is caught in one of these runs, seldom in five. */
const timesToRun = 60;

/** Whole numbers, so that every order of summation gives the same float32 sum. */
const wholeNumbers = (seed: string, count: number, below: number) => {
  const next = draw(seed);
  return Float64Array.from({ length: count }, () => Math.floor(next() * below));
};

const ids = wholeNumbers('ids', updates, rows);
const added = wholeNumbers('rows', updates * width, 17);
const expected = new Float64Array(rows * width);
ids.forEach((row, n) => {
  for (let d = 0; d < width; d++) expected[row * width + d] += added[n * width + d];
});

const backends: readonly (readonly [Backend, number])[] = [
  [nodeBackend(), 4],
  [bindingBackend(), 4],
  [webBackend({ threads: 4 }), 4],
];

describe.each(backends.map(([backend, threads]) => [backend.name, backend, threads] as const))(
  '%s, 8,192 updates of 3 rows by 4 threads',
  (_, backend, threads) => {
    const run = async (output: Tensor, feeds: Record<string, ReturnType<typeof value>>) => {
      const program = await backend.compile(lower({ output }).bytes, { threads });
      const hosts = Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [name, toHost(fed)]));
      for (let time = 0; time < timesToRun; time++) {
        const { output: found } = await program.run(hosts);
        expect(fromHost(found).data).toEqual(expected);
      }
      await program.dispose();
    };

    test('scatterAdd loses none', async () => {
      const places = input('ids', ['n'], 'int32');
      const output = scatterAdd(input('table', ['v', width]), places, input('rows', ['n', width]));
      await run(output, {
        table: value([rows, width], new Float64Array(rows * width)),
        ids: value([updates], ids, 'int32'),
        rows: value([updates, width], added),
      });
    });

    test("an embedding's gradient loses none", async () => {
      const table = input('table', [rows, width]);
      const vectors = gather(table, input('ids', ['batch', 'time'], 'int32'));
      const [g] = gradient(sum(mul(vectors, input('g', ['batch', 'time', width])), { axes: [0, 1, 2] }), [table]);
      await run(g as Tensor, { ids: value([64, 128], ids, 'int32'), g: value([64, 128, width], added) });
    });
  },
);

test('no op whose ids may repeat is lowered to ScatterND, which then loses updates', () => {
  const types = opCases
    .filter(({ op }) => op !== putRows.op)
    .flatMap((opCase) => {
      const { inputs, outputs } = trace(opCase);
      const floats = inputs.filter(({ dtype }) => dtype === 'float');
      const [y] = outputs;
      const grads = opCase.op.vjp === 'none' || y.dtype !== 'float' ? [] : gradient(y, floats);
      const tensors = [...outputs, ...grads.filter((g) => g !== null)];
      const { bytes } = lower(Object.fromEntries(tensors.map((tensor, i) => [`y${i}`, tensor])));
      return allNodes(readModel(bytes).graph).map(({ type }) => type);
    });
  expect(types).toContain('ScatterElements');
  expect(types).not.toContain('ScatterND');
});
