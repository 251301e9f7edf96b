import { composedLabel } from './label-form.ts';

const composed = (value: unknown): unknown => (typeof value === 'string' ? composedLabel(value) : value);

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether two values of a field are equivalent: labels are compared in NFC, mappings in any order. */
function isSame(was: unknown, is: unknown): boolean {
  if (!isMapping(was) || !isMapping(is)) return composed(was) === composed(is);
  const [given, wanted] = [Object.entries(was), Object.entries(is)];
  const fields = new Map(wanted.map(([name, value]) => [composedLabel(name), composed(value)]));
  return (
    given.length === wanted.length &&
    given.every(
      ([name, value]) => fields.has(composedLabel(name)) && fields.get(composedLabel(name)) === composed(value),
    )
  );
}

/** Reports every field of a recipe's `model` that differs from the value that follows from `origin`: `data`. */
export const contradictions = (
  model: Readonly<Record<string, unknown>>,
  derived: Readonly<Record<string, unknown>>,
  origin: string,
): string[] =>
  Object.entries(derived)
    .filter(([name, is]) => model[name] !== undefined && !isSame(model[name], is))
    .map(([name, is]) => {
      const [wanted, got] = [is, model[name]].map((value) => JSON.stringify(value));
      return `${name}: expected ${wanted}, which follows from the ${origin}, got ${got}`;
    });
