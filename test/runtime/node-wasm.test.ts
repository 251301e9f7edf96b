/** The engine in WebAssembly, as built: Node starts its thread from a file of JavaScript. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Backend, HostTensor } from '../../src/runtime/backend.ts';
import { build, root } from '../cli/heddle.ts';
import { backendCases } from './backend-suite.ts';
import { onnxBytes } from './onnx-bytes.ts';

const built = pathToFileURL(join(root, 'dist/runtime/node/wasm.js')).href;
let backend: Backend;

beforeAll(async () => {
  await build();
  const { wasmBackend }: typeof import('../../src/runtime/node/wasm.ts') = await import(built);
  backend = wasmBackend();
}, 300_000);

/** y[n, n] = x·x·…, k − 1 multiplications. */
const power = (k: number): Uint8Array => {
  const names = Array.from({ length: k }, (_, i) => (i === 0 ? 'x' : i === k - 1 ? 'y' : `x${i}`));
  const nodes = names.slice(1).map((name, i) => ({ op: 'MatMul', inputs: [names[i], 'x'], outputs: [name] }));
  const side = (name: string) => [{ name, type: 'float32', shape: ['n', 'n'] }] as const;
  return onnxBytes({ inputs: side('x'), outputs: side('y'), nodes });
};
const matrix = (n: number): HostTensor => ({ type: 'float32', shape: [n, n], data: new Float32Array(n * n) });

describe('ONNX Runtime in WebAssembly in Node', () => {
  for (const { name, run } of backendCases) test(name, () => run(backend));

  test('timers fire while a run is in flight', async () => {
    const program = await backend.compile(power(60), { threads: 2 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await program.run({ x: matrix(256) });
    clearInterval(timer);
    await program.dispose();
    expect(ticks).toBeGreaterThanOrEqual(5);
  });

  test('a thread that ends fails the calls in flight, and the next program starts another', async () => {
    const text = `
      import { once } from 'node:events';
      import { wasmBackend } from ${JSON.stringify(built)};
      const model = Uint8Array.from(${JSON.stringify([...power(3)])});
      const x = { type: 'float32', shape: [1, 1], data: Float32Array.of(2) };
      const started = once(process, 'worker');
      const lost = await wasmBackend().compile(model);
      const [worker] = await started;
      const running = lost.run({ x }).catch(({ message }) => message);
      await worker.terminate();
      console.log(await running);
      const program = await wasmBackend().compile(model);
      const { y } = await program.run({ x });
      console.log(y.data[0]);
      console.log(await lost.run({ x }).catch(({ message }) => message));
      await lost.dispose();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', text], {
      timeout: 30_000,
    });
    const ended = 'web backend: the worker failed: it ended with exit code 1';
    expect(stdout).toBe(`${ended}\n8\n${ended}\n`);
  });

  test('a process ends by itself when nothing is in flight, disposed of or not', async () => {
    const text = `
      import { wasmBackend } from ${JSON.stringify(built)};
      const program = await wasmBackend().compile(Uint8Array.from(${JSON.stringify([...power(3)])}));
      const { y } = await program.run({ x: { type: 'float32', shape: [1, 1], data: Float32Array.of(2) } });
      console.log(y.data[0]);`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', text], {
      timeout: 30_000,
    });
    expect({ stdout, stderr }).toEqual({ stdout: '8\n', stderr: '' });
  });
});
