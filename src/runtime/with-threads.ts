import type { Backend } from './backend.ts';

/** A backend whose programs have `threads.count` threads, as it is when they are compiled, unless `compile` asks for another number. */
export const withThreads = (backend: Backend, threads: { readonly count?: number }): Backend => ({
  ...backend,
  compile: (model, options) => backend.compile(model, { ...options, threads: options?.threads ?? threads.count }),
});
