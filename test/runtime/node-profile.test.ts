import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { add, input, scan } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { layerNorm, matmul, tanh } from '../../src/ops/index.ts';
import type { HostTensor } from '../../src/runtime/backend.ts';
import { bindingBackend } from '../../src/runtime/node/binding.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { wasmBackend } from '../../src/runtime/node/wasm.ts';

const float = (shape: readonly number[]): HostTensor => ({
  type: 'float32',
  shape,
  data: new Float32Array(shape.reduce((n, size) => n * size, 1)).fill(0.5),
});

const steps = 7;
const h = input('h', [8, 8]);
const { bytes } = lower({
  y: scan({ carries: [h], sequences: [input('x', ['time', 8, 8])] }, ([state], [x]) => ({
    carries: [tanh(add(matmul(state, input('w', [8, 8]), {}), x))],
    outputs: [],
  })).carries[0],
  z: matmul(h, input('v', [8, 24]), {}),
});
const feeds = { h: float([8, 8]), w: float([8, 8]), x: float([steps, 8, 8]), v: float([8, 24]) };
const recordings = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('heddle-profile-')).length;

test('a recorded program gives the times and shapes of every node of every run, those of loops inside the loop', async () => {
  const before = await recordings();
  const program = await capiBackend().compileProfiled!(bytes, { threads: 1 });
  const results = [await program.run(feeds), await program.run(feeds)];
  expect(results[0]).toEqual(results[1]);
  const runs = await program.recordedRuns();
  expect(runs).toHaveLength(2);
  for (const { events, start, duration } of runs) {
    const inLoop = events.filter(({ parent }) => parent?.node.op === 'Scan');
    expect(inLoop.filter(({ node }) => node.op === 'Tanh')).toHaveLength(steps);
    const [loop] = events.filter(({ node }) => node.op === 'Scan');
    expect(loop.own).toBe(loop.duration - inLoop.reduce((sum, event) => sum + event.duration, 0));
    const top = events.filter(({ parent }) => !parent);
    expect(top.reduce((sum, event) => sum + event.duration, 0)).toBeLessThanOrEqual(duration);
    for (const event of events) {
      expect(event.start).toBeGreaterThanOrEqual(start);
      expect(event.start + event.duration).toBeLessThanOrEqual(start + duration);
    }
    const wide = events.filter(({ node }) => node.outputs[0]?.shape[1] === 24).map(({ node }) => node);
    expect(wide.map(({ inputs, outputs }) => [...inputs.slice(0, 2), ...outputs])).toEqual([
      [
        [8, 8],
        [8, 24],
        [8, 24],
      ].map((shape) => ({ type: 'float', shape })),
    ]);
  }
  expect(await recordings()).toBe(before + 1);
  await program.dispose();
  expect(await recordings()).toBe(before);
});

test('an engine without a profiler offers none', () => {
  for (const backend of [bindingBackend(), wasmBackend()]) expect(backend.compileProfiled).toBeUndefined();
});

test('an addition before a layer norm is not fused with it, which would be slower', async () => {
  const x = (name: string) => input(name, ['batch', 'time', 16]);
  const y = layerNorm(add(x('a'), x('b')), input('weight', [16]), input('bias', [16]), { eps: 1e-5 });
  const weights = ['weight', 'bias'].map(
    (name) => [name, { shape: [16], data: new Float32Array(16).fill(1) }] as const,
  );
  const program = await capiBackend().compileProfiled!(lower({ y }, Object.fromEntries(weights)).bytes, { threads: 1 });
  await program.run({ a: float([2, 3, 16]), b: float([2, 3, 16]) });
  const [{ events }] = await program.recordedRuns();
  expect(events.map(({ node }) => node.op)).toEqual(['Add', 'LayerNormalization']);
  await program.dispose();
});
