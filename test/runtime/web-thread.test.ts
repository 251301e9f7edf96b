import { expect, test } from 'vitest';
import { EngineError, webBackend } from '../../src/runtime/web.ts';
import { onnxBytes } from './onnx-bytes.ts';

const copy = onnxBytes({
  inputs: [{ name: 'x', type: 'float32', shape: ['N'] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
});

test("in Node's own thread, a start that failed is tried again, with other settings too", async () => {
  const wrong = webBackend({ threads: 2, wasmPaths: '/nowhere/' });
  for (let call = 0; call < 2; call++) {
    const error = await wrong.compile(copy).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EngineError);
    expect(String(error)).toMatch(/web backend: ONNX Runtime did not start: .*\/nowhere\//);
  }
  const right = webBackend({ threads: 2 });
  const program = await right.compile(copy);
  const { y } = await program.run({ x: { type: 'float32', shape: [2], data: Float32Array.of(1, 2) } });
  expect('data' in y && [...y.data]).toEqual([1, 2]);
  await program.dispose();
});

test('an option that the backend does not have is refused', () => {
  const make = (options: object) => () => webBackend(options);
  expect(make({ executionProviders: ['webgpu'] })).toThrow(
    'web backend: unknown option "executionProviders"; for WebGPU use webGpuBackend() of heddle/runtime/webgpu',
  );
  expect(make({ wasmPath: '/' })).toThrow('web backend: unknown option "wasmPath"; did you mean "wasmPaths"?');
});
