import { afterEach, expect, test, vi } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { nodeBackend } from '../../src/runtime/node.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock('../../src/runtime/node/capi.ts');
  vi.resetModules();
});

test('Node gets the C API where it loads', () => {
  expect(nodeBackend().name).toBe('onnxruntime-capi');
});

test.each([
  ['capi', 'onnxruntime-capi'],
  ['binding', 'onnxruntime-node'],
  ['wasm', 'onnxruntime-wasm'],
])('HEDDLE_RUNTIME=%s chooses %s', (value, name) => {
  vi.stubEnv('HEDDLE_RUNTIME', value);
  expect(nodeBackend().name).toBe(name);
});

test('an unknown HEDDLE_RUNTIME is refused', () => {
  vi.stubEnv('HEDDLE_RUNTIME', 'webgpu');
  expect(() => nodeBackend()).toThrow(
    new InputError('HEDDLE_RUNTIME: expected "capi", "binding" or "wasm", got "webgpu"'),
  );
});

test('where the C API does not load, the binding serves and a warning says why, unless the C API was asked for', async () => {
  vi.doMock('../../src/runtime/node/capi.ts', () => ({
    capiBackend: () => {
      throw new Error('no library here');
    },
  }));
  vi.resetModules();
  const { nodeBackend: withoutCapi } = await import('../../src/runtime/node.ts');
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  expect(withoutCapi().name).toBe('onnxruntime-node');
  expect(withoutCapi().name).toBe('onnxruntime-node');
  expect(warn).toHaveBeenCalledOnce();
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('no library here'));
  vi.stubEnv('HEDDLE_RUNTIME', 'capi');
  expect(() => withoutCapi()).toThrow('no library here');
});
