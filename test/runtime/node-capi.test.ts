import { describe, test } from 'vitest';
import { capiBackend } from '../../src/runtime/node-capi.ts';
import { backendCases } from './backend-suite.ts';

const backend = capiBackend();

describe('the C API', () => {
  for (const { name, run } of backendCases) test(name, () => run(backend));
});
