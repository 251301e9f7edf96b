const given = new Set<string>();

/** Warns the user, each warning once per process. */
export function warnOnce(warning: string): void {
  if (given.has(warning)) return;
  given.add(warning);
  process.emitWarning(warning);
}
