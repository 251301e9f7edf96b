import * as z from 'zod';
import { InputError, reportAll } from './error.ts';
import { found } from './found.ts';
import { didYouMean, didYouMeanField } from './nearest.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** One violation, at one field of the value. */
export interface Violation {
  readonly path: Path;
  readonly message: string;
  readonly isUnknownField: boolean;
}

/** How messages name zod's types. */
const typeWords = new Map([
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['string', 'a string'],
  ['boolean', 'true or false'],
  ['object', 'a mapping of fields'],
  ['record', 'a mapping of fields'],
  ['array', 'a list'],
  ['tuple', 'a list'],
  ['null', 'null'],
]);

/** What a bound counts, unless it is the number itself. */
const countedWords = new Map([
  ['string', 'characters'],
  ['array', 'items'],
]);

function bound(sign: string, limit: number | bigint, origin: string): string {
  const counted = countedWords.get(origin);
  return counted ? `${sign} ${limit} ${counted}` : `a number ${sign} ${limit}`;
}

function expectedOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords.get(issue.expected) ?? issue.expected;
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return bound(issue.inclusive ? '≥' : '>', issue.minimum, issue.origin);
    case 'too_big':
      return bound(issue.inclusive ? '≤' : '<', issue.maximum, issue.origin);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return allAtRoot(issue.errors) ? [...new Set(issue.errors.flat().map(expectedOf))].join(' or ') : undefined;
    default:
      return undefined;
  }
}

/** Whether a union fails in every form at its root: a wrong type or value, not a wrong field. */
function allAtRoot(errors: readonly (readonly Issue[])[]): boolean {
  return errors.length > 0 && errors.every(([first, ...more]) => more.length === 0 && !!first && isAtRoot(first));
}

function isAtRoot(issue: Issue): boolean {
  return issue.path.length === 0 && expectedOf(issue) !== undefined;
}

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined;
  }
  return at;
}

/** `train.columns.0` */
export function pathText(path: Path): string {
  return path.map(String).join('.');
}

class Reader {
  /** The fields an object allows, keyed by the list of unknown keys in its issue. */
  readonly fields = new Map<readonly string[], readonly string[]>();
  readonly value: unknown;
  /** Fields at the root that are read elsewhere, not by the schema. */
  readonly others: readonly string[];

  constructor(value: unknown, others: readonly string[]) {
    this.value = value;
    this.others = others;
  }

  /** Zod calls this for each message; only here does an issue still know its schema. */
  note(issue: z.core.$ZodRawIssue): undefined {
    // Zod checks strings before whole numbers, and so must the message.
    if (issue.code === 'invalid_type' && issue.inst instanceof z.ZodNumberFormat)
      Object.assign(issue, { expected: 'int' });
    if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject) {
      this.fields.set(issue.keys, Object.keys(issue.inst.shape));
    }
  }

  violations(issue: Issue, prefix: Path = []): Violation[] {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const within = path.length > 0 ? ` in ${pathText(path)}` : '';
      const known = [...(this.fields.get(issue.keys) ?? []), ...(path.length === 0 ? this.others : [])];
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `unknown field ${found(key)}${within}${didYouMeanField(key, known)}`,
        isUnknownField: true,
      }));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0 && !allAtRoot(issue.errors)) {
      // The intended form is the one with the fewest violations.
      const forms = issue.errors.map((errors) => errors.flatMap((error) => this.violations(error, path)));
      return forms.reduce((best, form) => (form.length < best.length ? form : best));
    }
    return [{ path, message: this.message(issue, path), isUnknownField: false }];
  }

  private message(issue: Issue, path: Path): string {
    const at = valueAt(this.value, path);
    const expected = expectedOf(issue);
    if (at === undefined && expected && path.length > 0)
      return `missing field "${pathText(path)}", expected ${expected}`;
    const where = path.length > 0 ? `${pathText(path)}: ` : '';
    if (!expected)
      return `${where}${issue.message}${/, got |; remove it$/.test(issue.message) ? '' : `, got ${found(at)}`}`;
    const near =
      issue.code === 'invalid_value' && typeof at === 'string' ? didYouMean(at, issue.values.map(String)) : '';
    return `${where}expected ${expected}, got ${found(at)}${near}`;
  }
}

/**
 * All violations of `schema` in `value`, or the parsed value with its defaults filled in.
 *
 * @param others fields outside the schema, to suggest for an unknown one.
 */
export function inspectValue<S extends z.ZodType>(
  schema: S,
  value: unknown,
  others: readonly string[] = [],
): { readonly violations: readonly Violation[]; readonly value?: z.output<S> } {
  const reader = new Reader(value, others);
  const result = schema.safeParse(value, { error: (issue) => reader.note(issue) });
  if (result.success) return { violations: [], value: result.data };
  return { violations: result.error.issues.flatMap((issue) => reader.violations(issue)) };
}

/**
 * Checks a value from outside and fills in the schema's defaults.
 *
 * @param where the value's origin in errors (`config bert`), or a function that gives a field's (`recipe.yaml:12`).
 * @throws {InputError} that reports all violations at once: unknown fields with the nearest known name, missing fields,
 *   wrong types, values out of range.
 *
 * @example check(z.strictObject({ hidden_size: z.int() }), { hidden_sise: 8 }, 'config bert'); // InputError: config
 *   bert: unknown field "hidden_sise"; did you mean "hidden_size"?
 */
export function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: string | ((path: Path) => string),
): z.output<S> {
  const result = inspectValue(schema, value);
  if (result.violations.length === 0) return result.value as z.output<S>;
  throw violationError(result.violations, where);
}

/** One error for all violations, each on its own line with its origin. */
export function violationError(violations: readonly Violation[], where: string | ((path: Path) => string)): InputError {
  if (typeof where === 'string') {
    return reportAll(
      where,
      violations.map(({ message }) => message),
    );
  }
  return new InputError(violations.map(({ path, message }) => `${where(path)}: ${message}`).join('\n'));
}
