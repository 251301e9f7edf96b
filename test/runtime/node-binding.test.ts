import { describe, test } from 'vitest';
import { bindingBackend } from '../../src/runtime/node/binding.ts';
import { backendCases } from './backend-suite.ts';

describe('onnxruntime-node', () => {
  const backend = bindingBackend();
  for (const { name, run } of backendCases) test(name, () => run(backend));
});
