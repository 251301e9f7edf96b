import { defineConfig } from 'vitest/config';

/** An engine, named as `--engine` names it, that takes the place of the usual one. */
const plugin = process.env.HEDDLE_TEST_PLUGIN;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    ...(plugin && { env: { HEDDLE_ENGINE: plugin }, setupFiles: ['test/plugin-setup.ts'] }),
  },
});
