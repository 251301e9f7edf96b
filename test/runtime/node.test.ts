import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { engineForms } from '../../src/runtime/engine-name.ts';
import { nodeBackend } from '../../src/runtime/node.ts';

beforeEach(() => {
  vi.stubEnv('HEDDLE_ENGINE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock('../../src/runtime/node/capi.ts');
  vi.resetModules();
});

test('Node gets the C API where it loads', () => {
  expect(nodeBackend().name).toBe('cpu');
});

const names = ['cpu', 'binding', 'wasm'];

test.each(names)('HEDDLE_ENGINE=%s chooses the engine that goes by that name', (name) => {
  vi.stubEnv('HEDDLE_ENGINE', name);
  expect(nodeBackend().name).toBe(name);
});

test.each(names)('the name %s chooses it, whatever HEDDLE_ENGINE says', (name) => {
  vi.stubEnv('HEDDLE_ENGINE', 'nonsense');
  expect(nodeBackend(name).name).toBe(name);
});

test('an unknown name is refused where it was given', () => {
  vi.stubEnv('HEDDLE_ENGINE', 'webgpu');
  expect(() => nodeBackend()).toThrow(
    new InputError(`HEDDLE_ENGINE: expected ${engineForms}, got "webgpu", which is for browsers`),
  );
  expect(() => nodeBackend('')).toThrow(new InputError(`engine: expected ${engineForms}, got ""`));
});

test('the earlier name of HEDDLE_ENGINE is refused instead of having no effect', () => {
  vi.stubEnv('HEDDLE_RUNTIME', 'wasm');
  expect(() => nodeBackend()).toThrow('HEDDLE_RUNTIME is now HEDDLE_ENGINE');
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
  expect(withoutCapi().name).toBe('binding');
  expect(withoutCapi().name).toBe('binding');
  expect(warn).toHaveBeenCalledOnce();
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('no library here'));
  expect(() => withoutCapi('cpu')).toThrow('no library here');
});
