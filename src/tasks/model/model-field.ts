const isMapping = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isSame = (was: unknown, is: unknown): boolean =>
  isMapping(was) || isMapping(is) ? JSON.stringify(was) === JSON.stringify(is) : was === is;

/** What is told of every field that a recipe's `model` has otherwise than it follows from the data. */
export const contradictions = (
  model: Readonly<Record<string, unknown>>,
  derived: Readonly<Record<string, unknown>>,
): string[] =>
  Object.entries(derived)
    .filter(([name, is]) => model[name] !== undefined && !isSame(model[name], is))
    .map(([name, is]) => {
      const [wanted, got] = [is, model[name]].map((value) => JSON.stringify(value));
      return `${name}: follows from the data and is ${wanted}, got ${got}`;
    });
