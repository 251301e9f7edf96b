import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { add, elementTypes, input, scan } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { matmul, putRows } from '../../src/ops/index.ts';
import type { EngineTensor, HostTensor, Program } from '../../src/runtime/backend.ts';
import { capiBackend, ortLibrary } from '../../src/runtime/node/capi.ts';
import { elementTypeNames, ortFunctions } from '../../src/runtime/node/ort-api-table.ts';
import { OrtLibrary } from '../../src/runtime/node/ort-library.ts';
import { OrtTensor } from '../../src/runtime/node/ort-value.ts';
import { backendCases } from './backend-suite.ts';
import { onnxBytes } from './onnx-bytes.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const backend = capiBackend();

/** x[n, n] → xᵏ by k − 1 multiplications: n and k set how long a run takes. */
function power(n: number, k: number, threads = 1): Promise<Program> {
  const names = Array.from({ length: k }, (_, i) => (i === 0 ? 'x' : i === k - 1 ? 'y' : `x${i}`));
  const nodes = names.slice(1).map((name, i) => ({ op: 'MatMul', inputs: [names[i], 'x'], outputs: [name] }));
  const side = (name: string) => [{ name, type: 'float32', shape: ['n', n] }] as const;
  return backend.compile(onnxBytes({ inputs: side('x'), outputs: side('y'), nodes }), { threads });
}

const matrix = (n: number): HostTensor => ({ type: 'float32', shape: [n, n], data: new Float32Array(n * n) });

/** Where the engine has the numbers of a kept tensor. */
function placeOf(tensor: HostTensor | EngineTensor): unknown {
  if (!(tensor instanceof OrtTensor)) throw new Error('not kept');
  const value = tensor.acquire();
  tensor.release();
  return ortLibrary().get('GetTensorMutableData', value);
}

describe('the C API', () => {
  for (const { name, run } of backendCases) test(name, () => run(backend));

  test('no two functions of the table share a place', () => {
    const places = Object.values(ortFunctions).map(({ index }) => index);
    expect(new Set(places).size).toBe(places.length);
  });

  test('element types have the names and numbers that the library gives them', () => {
    for (const { host, code } of Object.values(elementTypes)) expect(elementTypeNames[code]).toBe(host);
  });

  test('the library is the one of the package', () => {
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');
    expect(new OrtLibrary().version).toBe(version);
  });

  test('timers fire while a run is in flight', async () => {
    const program = await power(512, 60);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await program.run({ x: matrix(512) });
    clearInterval(timer);
    await program.dispose();
    expect(ticks).toBeGreaterThanOrEqual(5);
  });

  test('two programs run at the same time: a short run ends within a long one that began before it', async () => {
    const [long, short] = await Promise.all([power(512, 60), power(32, 2)]);
    const ended: string[] = [];
    await Promise.all([
      long.run({ x: matrix(512) }).then(() => ended.push('long')),
      short.run({ x: matrix(32) }).then(() => ended.push('short')),
    ]);
    await Promise.all([long.dispose(), short.dispose()]);
    expect(ended).toEqual(['short', 'long']);
  });

  test('the result is written into the given tensor and that tensor is returned', async () => {
    const program = await power(4, 3);
    const x: HostTensor = { type: 'float32', shape: [4, 4], data: Float32Array.from({ length: 16 }, (_, i) => i % 3) };
    const { y: expected } = await program.run({ x });
    const into = matrix(4);
    const { y } = await program.run({ x }, { into: { y: into } });
    await program.dispose();
    expect(y).toBe(into);
    expect(y).toEqual(expected);
  });

  test('garbage collection during and between runs takes nothing that a run needs', async () => {
    const program = await power(8, 2);
    for (let i = 1; i <= 100; i++) {
      const running = program.run({ x: { type: 'float32', shape: [8, 8], data: new Float32Array(64).fill(i) } });
      if (i % 10 === 0) collectGarbage();
      const garbage = Array.from({ length: 50 }, () => new Float32Array(64).fill(-1));
      const { y } = await running;
      expect('data' in y && y.data.every((value) => value === 8 * i * i), `run ${i} of ${garbage.length}`).toBe(true);
    }
    await program.dispose();
  });

  test('a kept tensor disposed during a run that reads it lives until that run ends', async () => {
    const program = await power(256, 10);
    const { y: kept } = await program.run({ x: matrix(256) }, { keep: ['y'] });
    if (!('dispose' in kept)) throw new Error('not kept');
    const running = program.run({ x: kept });
    kept.dispose();
    const { y } = await running;
    expect('data' in y && y.data.every((value) => value === 0)).toBe(true);
    await expect(program.run({ x: kept })).rejects.toThrow('disposed of');
    await program.dispose();
  });

  test('an output that may be written over an input is in its memory', async () => {
    const n = 1024;
    const x = input('x', [n, n]);
    const graph = lower({ y: putRows(x, input('at', ['m'], 'int32'), input('rows', ['m', n])) });
    const [first, program] = await Promise.all([power(n, 2), backend.compile(graph.bytes, { threads: 1 })]);
    const { y: start } = await first.run({ x: matrix(n) }, { keep: ['y'] });
    const at: HostTensor = { type: 'int32', shape: [1], data: Int32Array.of(3) };
    const rows: HostTensor = { type: 'float32', shape: [1, n], data: new Float32Array(n).fill(1) };
    const places = new Set([placeOf(start)]);
    let kept = start;
    for (let i = 0; i < 20; i++) {
      ({ y: kept } = await program.run({ x: kept, at, rows }, { keep: ['y'], overwrite: { y: 'x' } }));
      places.add(placeOf(kept));
    }
    expect(places.size).toBe(1);
    const { data } = 'read' in kept ? await kept.read() : kept;
    expect(Array.from(data, Number).reduce((sum, each) => sum + each)).toBe(n);
    expect(data[3 * n]).toBe(1);
    if ('dispose' in kept) kept.dispose();
    await Promise.all([first.dispose(), program.dispose()]);
  });

  test('a kept tensor cannot be written over while another run reads it, and then can', async () => {
    const n = 256;
    const x = input('x', [n, n]);
    const graph = lower({ y: putRows(x, input('at', [1], 'int32'), input('rows', [1, n])) });
    const [reading, program] = await Promise.all([power(n, 10), backend.compile(graph.bytes, { threads: 1 })]);
    const { y: kept } = await reading.run({ x: matrix(n) }, { keep: ['y'] });
    const running = reading.run({ x: kept });
    const rows: HostTensor = { type: 'float32', shape: [1, n], data: new Float32Array(n) };
    const feeds = { x: kept, at: { type: 'int32', shape: [1], data: Int32Array.of(0) } as const, rows };
    const options = { keep: ['y'], overwrite: { y: 'x' } };
    await expect(program.run(feeds, options)).rejects.toThrow('while another run reads it');
    await running;
    const { y } = await program.run(feeds, options);
    if ('dispose' in y) y.dispose();
    await Promise.all([reading.dispose(), program.dispose()]);
  });

  test('an aborted run ends long before its time', async () => {
    const program = await power(512, 200);
    const start = performance.now();
    await program.run({ x: matrix(512) });
    const whole = performance.now() - start;
    for (let i = 0; i < 3; i++) {
      const begun = performance.now();
      const running = program.run({ x: matrix(512) }, { signal: AbortSignal.timeout(Math.ceil(whole / 20)) });
      await expect(running).rejects.toThrow('timeout');
      expect(performance.now() - begun).toBeLessThan(whole / 2);
    }
    await program.dispose();
  });

  test('an aborted run ends within a loop', async () => {
    const [steps, n] = [20_000, 64];
    const [first, given, shifts] = [input('first', [n, n]), input('given', [n, n]), input('shifts', ['steps'])];
    const { carries } = scan({ carries: [first], sequences: [shifts] }, ([state], [shift]) => ({
      carries: [add(matmul(state, given, {}), shift)],
      outputs: [],
    }));
    const program = await backend.compile(lower({ last: carries[0] }).bytes, { threads: 1 });
    const zeros: HostTensor = { type: 'float32', shape: [steps], data: new Float32Array(steps) };
    const feeds = { first: matrix(n), given: matrix(n), shifts: zeros };
    const start = performance.now();
    await program.run(feeds);
    const whole = performance.now() - start;
    const begun = performance.now();
    await expect(program.run(feeds, { signal: AbortSignal.timeout(Math.ceil(whole / 20)) })).rejects.toThrow('timeout');
    expect(performance.now() - begun).toBeLessThan(whole / 2);
    await program.dispose();
  });

  test('four hundred programs are compiled, run and disposed of at once', async () => {
    const side = (name: string) => [{ name, type: 'float32', shape: ['size'] }] as const;
    const nodes = [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }];
    const model = onnxBytes({ inputs: side('x'), outputs: side('y'), nodes });
    const many = Array.from({ length: 400 }, (_, i) => i);
    const programs = await Promise.all(many.map(() => backend.compile(model, { threads: 1 })));
    const x = (i: number): HostTensor => ({ type: 'float32', shape: [1], data: Float32Array.of(i) });
    const results = await Promise.all(programs.map((program, i) => program.run({ x: x(i) })));
    expect(results.map(({ y }) => 'data' in y && y.data[0])).toEqual(many.map((i) => -i));
    const aborted = programs.map((program, i) => program.run({ x: x(i) }, { signal: AbortSignal.timeout(0) }));
    await Promise.allSettled(aborted);
    await Promise.all(programs.map((program) => program.dispose()));
  });

  test('kept tensors free their memory when disposed of, and when forgotten', async () => {
    const size = 1 << 20;
    const side = (name: string) => [{ name, type: 'float32', shape: ['size'] }] as const;
    const nodes = [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }];
    const program = await backend.compile(onnxBytes({ inputs: side('x'), outputs: side('y'), nodes }), { threads: 1 });
    const x: HostTensor = { type: 'float32', shape: [size], data: new Float32Array(size) };
    /** Keeps `times` results of 4 MB and gives the process's memory in MB afterwards. */
    const keep = async (times: number, forget: boolean): Promise<number> => {
      for (let i = 0; i < times; i++) {
        const { y } = await program.run({ x }, { keep: ['y'] });
        if (!forget && 'dispose' in y) y.dispose();
        if (forget && i % 4 === 3) {
          collectGarbage();
          await new Promise(setImmediate);
        }
      }
      return process.memoryUsage.rss() / 1e6;
    };
    const before = await keep(5, false);
    expect(await keep(40, false)).toBeLessThan(before + 40);
    expect(await keep(40, true)).toBeLessThan(before + 40);
    await program.dispose();
  });
});
