import type { Backend } from '../runtime/backend.ts';

/**
 * A backend whose programs work with one thread each: small models are fastest this way, and two can run in parallel.
 */
export const singleThreaded = (backend: Backend): Backend => ({
  name: backend.name,
  compile: (model, options) => backend.compile(model, { ...options, threads: 1 }),
});
