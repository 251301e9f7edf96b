const scopes: string[] = [];

/** The layer being traced, for messages and for names in a lowered graph: `decoder.layers.3.self_attn`. */
export const currentScope = (): string => scopes.join('.');

/** Runs `trace` with `name` appended to the scope path. */
export function withScope<T>(name: string, trace: () => T): T {
  scopes.push(name);
  try {
    return trace();
  } finally {
    scopes.pop();
  }
}

/** Runs `trace` with `path` as the whole scope path: for passes that rebuild a node in its place. */
export function atScope<T>(path: string, trace: () => T): T {
  const outer = scopes.splice(0, scopes.length, ...(path === '' ? [] : [path]));
  try {
    return trace();
  } finally {
    scopes.splice(0, scopes.length, ...outer);
  }
}
