import { describe, expect, test } from 'vitest';
import { input, interpret, mulDim, reshape, value } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { readModel } from '../../src/onnx/read-model.ts';
import { matmul, transposeMatrix } from '../../src/ops/index.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { drawFloats } from './draw.ts';
import { allHabits, fromHost, toHost } from './engine.ts';
import { expectClose, tolerance } from './tolerance.ts';

const product = (m: number, n: number, alpha = 1) => ({
  y: matmul(input('a', ['rows', m]), input('b', ['rows', n]), { transposeA: true, alpha }),
});
const operators = (m: number, n: number, options = {}) =>
  readModel(lower(product(m, n), {}, options).bytes).graph.nodes.map(({ type }) => type);

describe('a product aᵀ·b with many numbers', () => {
  /** What the engine runs, apart from reshaping, for a product of three rows, whose numbers are checked. */
  const ranFor = async (m: number, n: number, alpha: number) => {
    const rows = 3;
    const feeds = {
      a: value([rows, m], drawFloats('a', rows * m)),
      b: value([rows, n], drawFloats('b', rows * n)),
    };
    const outputs = product(m, n, alpha);
    const program = await capiBackend().compileProfiled?.(lower(outputs).bytes, { threads: 1 });
    const fed = Object.fromEntries(Object.entries(feeds).map(([name, given]) => [name, toHost(given)]));
    const { y } = (await program?.run(fed)) ?? {};
    const ran = (await program?.recordedRuns())?.[0].events.map(({ node }) => node.op);
    await program?.dispose();
    if (!y) throw new Error('the engine gave nothing');
    expectClose(fromHost(y), interpret([outputs.y], feeds)[0], tolerance.output, 'y');
    return ran?.filter((op) => op !== 'Reshape');
  };

  test('transposes a once, in the engine too, and is the same', async () => {
    expect(await ranFor(256, 1024, 0.5)).toEqual(['Transpose', 'Gemm']);
  });

  test('with very many and a wide a, is the transpose of bᵀ·a, in the engine too, and is the same', async () => {
    expect(await ranFor(2048, 512, 1)).toEqual(['Transpose', 'MatMul', 'Transpose']);
    expect(operators(2048, 512, { habits: allHabits })).not.toContain('Transpose');
  });

  test('transposes nothing where a is the wider one, where the result is small, or on a plugin', () => {
    expect(operators(256, 1024)).toContain('Transpose');
    expect(operators(1024, 256)).not.toContain('Transpose');
    expect(operators(256, 256)).not.toContain('Transpose');
    expect(operators(256, 1024, { habits: allHabits })).not.toContain('Transpose');
  });
});

describe('the transpose of a product', () => {
  /** What the engine computes for (a·b)ᵀ, `a`: [64, 32], `b`: [32, COLUMNS]. */
  const computed = async (columns: string, time?: string) => {
    const b = input('b', ['batch', ...(time ? [time] : []), 32]);
    const flat = reshape(b, { shape: [b.shape.slice(0, -1).reduce(mulDim), 32] });
    const y = transposeMatrix(matmul(input('a', [64, 32]), transposeMatrix(flat), {}));
    const program = await capiBackend().compileProfiled?.(lower({ y }).bytes, { threads: 1 });
    const feeds = {
      a: value([64, 32], drawFloats('a', 2048)),
      b: value([3, ...(time ? [2] : []), 32], drawFloats('b', time ? 192 : 96)),
    };
    const made = await program?.run(Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, toHost(x)])));
    const ran = (await program?.recordedRuns())?.[0].events.map(({ node }) => node.op);
    await program?.dispose();
    if (!made) throw new Error('the engine gave nothing');
    expectClose(fromHost(made.y), interpret([y], feeds)[0], tolerance.output, columns);
    return ran?.filter((op) => op === 'Transpose').length;
  };

  test('follows a product with one column per row of a batch, whose left matrix stays as it is', async () => {
    expect(await computed('rows of a batch')).toBe(1);
  });

  test('is the product of the transposed factors for one column per token', async () => {
    expect(await computed('tokens', 'time')).toBe(0);
  });
});
