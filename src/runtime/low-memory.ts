import type { Backend } from './backend.ts';

/** A backend whose programs keep no second copy of their weights: less memory, but slower for few rows. */
export const withLowMemory = (backend: Backend): Backend => ({
  ...backend,
  compile: (model, options) => backend.compile(model, { ...options, isPrepacked: false }),
});
