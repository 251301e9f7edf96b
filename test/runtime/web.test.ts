import { describe, test } from 'vitest';
import { webBackend } from '../../src/runtime/web.ts';
import { backendCases } from './backend-suite.ts';

describe('onnxruntime-web', () => {
  const backend = webBackend({ threads: 2 });
  for (const { name, run } of backendCases) test(name, () => run(backend));
});
