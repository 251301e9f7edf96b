import type { Backend } from './backend.ts';

/**
 * A backend that compiles programs for `threads()` threads, unless `compile` sets another number; undefined leaves the
 * number to the engine.
 */
export const withThreads = (backend: Backend, threads: () => number | undefined): Backend => ({
  ...backend,
  compile: (model, options) => backend.compile(model, { ...options, threads: options?.threads ?? threads() }),
});
