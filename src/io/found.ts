/** A wrong value as messages name it: `"2"`, `2`, `NaN`, `null`, `a list`, `a mapping of fields`; a long text is cut. */
export function found(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping of fields';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** The type of a wrong value as messages name it: `number`, `undefined`, `null`, `list`. */
export const typeFound = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
