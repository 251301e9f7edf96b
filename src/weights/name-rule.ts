import { InputError } from '../io/error.ts';

/**
 * Maps a tensor of a file to a parameter of a model, and back again when the file is written, unless the rule is for an
 * old name.
 *
 * In a pattern `*` stands for one part of a name, `**` for any number of parts; both sides have the same wildcards in
 * the same order: `{ file: '**.LayerNorm.gamma', model: '**.LayerNorm.weight' }`.
 */
export interface NameRule {
  readonly file: string;
  readonly model: string;
  /** The file stores the transpose, [in, out], of the model's matrix [out, in]. */
  readonly isTransposed?: boolean;
  /** The file's name is outdated: it is read, never written. */
  readonly isLegacy?: boolean;
}

/** LayerNorm's parameters in checkpoints older than 2019. */
export const legacyLayerNorm: readonly NameRule[] = [
  { file: '**.gamma', model: '**.weight', isLegacy: true },
  { file: '**.beta', model: '**.bias', isLegacy: true },
];

/** The rules of GPT-2's `Conv1D`, a linear layer that stores its weight transposed. */
export function conv1d(...weights: string[]): NameRule[] {
  return weights.map((name) => ({ file: name, model: name, isTransposed: true }));
}

const wildcard = /\*\*|\*/g;

/** Patterns come from tables in the code, so there are few. */
const compiled = new Map<string, RegExp>();

/** A regular expression for a whole name, with a group for each wildcard. */
function patternOf(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const parts = pattern.split(/(\*\*|\*)/);
  const source = parts.map((part) => {
    if (part === '**') return '(.+)';
    return part === '*' ? '([^.]+)' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  const made = new RegExp(`^${source.join('')}$`);
  compiled.set(pattern, made);
  return made;
}

/** Whether a name matches one of the patterns. */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => patternOf(pattern).test(name));
}

/**
 * `name` rewritten by `to` if it matches `from`, else undefined.
 *
 * @throws {RangeError} when the wildcards of the two patterns differ.
 */
export function renamed(name: string, from: string, to: string): string | undefined {
  const parts = patternOf(from).exec(name)?.slice(1);
  if (!parts) return undefined;
  if (from.match(wildcard)?.join() !== to.match(wildcard)?.join()) {
    throw new RangeError(`name rule: expected the same wildcards in "${from}" and "${to}"`);
  }
  return to.replace(wildcard, () => parts.shift() ?? '');
}

/** The rules from the model to a file as it is written today, without those for old names. */
export function inverted(rules: readonly NameRule[]): NameRule[] {
  const written = rules.filter(({ isLegacy }) => !isLegacy);
  return written.map((rule) => ({ ...rule, file: rule.model, model: rule.file })).reverse();
}

/**
 * Renames entries by the rules; each rule applies to the result of the one before.
 *
 * @param transposed transposes the value of a matrix.
 * @param last renames what the rules give.
 * @throws {InputError} when two entries get the same name.
 */
export function applyRules<T>(
  entries: ReadonlyMap<string, T>,
  rules: readonly NameRule[],
  transposed: (value: T, name: string) => T,
  last: (name: string) => string = (name) => name,
): Map<string, T> {
  const made = new Map<string, T>();
  const origins = new Map<string, string>();
  for (const [origin, entry] of entries) {
    let [name, value] = [origin, entry];
    for (const rule of rules) {
      const next = renamed(name, rule.file, rule.model);
      if (next === undefined) continue;
      if (rule.isTransposed) value = transposed(value, origin);
      name = next;
    }
    name = last(name);
    const other = origins.get(name);
    if (other !== undefined) {
      throw new InputError(`checkpoint: expected one tensor for ${name}, got two: ${other} and ${origin}`);
    }
    origins.set(name, origin);
    made.set(name, value);
  }
  return made;
}
