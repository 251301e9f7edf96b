import type { Backend } from '../runtime/backend.ts';

/** An engine whose sessions get one thread each: the products of a tiny model are over before a second one wakes. */
export const oneThread = (backend: Backend): Backend => ({
  name: backend.name,
  compile: (model, options) => backend.compile(model, { threads: 1, ...options }),
});
