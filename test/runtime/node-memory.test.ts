import { expect, test } from 'vitest';
import type { Backend } from '../../src/runtime/backend.ts';
import { bindingBackend } from '../../src/runtime/node/binding.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { onnxBytes } from './onnx-bytes.ts';

/** A model that is one weight of 20 MB. */
const model = onnxBytes({
  inputs: [{ name: 'x', type: 'float32', shape: ['rows', 2048] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['rows', 2560] }],
  nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  initializers: { w: { type: 'float32', shape: [2048, 2560], data: new Float32Array(2048 * 2560) } },
});
const x = { type: 'float32', shape: [4, 2048], data: new Float32Array(4 * 2048) } as const;

/** Compiles, runs and disposes, and gives the process's memory in MB afterwards: of several times, the least. */
async function cycle(backend: Backend, times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const program = await backend.compile(model, { threads: 2 });
    await program.run({ x });
    await program.dispose();
    least = Math.min(least, process.memoryUsage.rss() / 1e6);
  }
  return least;
}

// Weights that a session kept would be 1,000 MB. The C API's sessions end with glibc's malloc_trim: they leave up to 65 MB
// (without it 250). The binding cannot trim: whether glibc keeps its freed heaps is chance, up to 122 MB on a busy
// machine after 50 sessions, and no more than that after 250 sessions.
test.each([
  { backend: capiBackend(), limit: 100 },
  { backend: bindingBackend(), limit: 250 },
])('$backend.name: 50 sessions with a weight of 20 MB leave less than $limit MB behind', async ({ backend, limit }) => {
  const before = await cycle(backend, 1);
  await cycle(backend, 39);
  expect(await cycle(backend, 10)).toBeLessThan(before + limit);
});
