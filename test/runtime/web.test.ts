import { describe, expect, test } from 'vitest';
import { webBackend } from '../../src/runtime/web.ts';
import { backendCases } from './backend-suite.ts';

describe('onnxruntime-web', () => {
  const backend = webBackend({ threads: 2 });
  for (const { name, run } of backendCases) test(name, () => run(backend));

  test('a second backend with other settings is refused where there is no worker to hold it', async () => {
    const other = webBackend({ threads: 3 });
    await expect(other.compile(Uint8Array.of(0))).rejects.toThrow(
      /one thread has one engine.*"threads":2.*"threads":3/,
    );
  });
});
