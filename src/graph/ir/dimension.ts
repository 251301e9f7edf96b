/**
 * A dimension: an integer polynomial in named symbols, kept in canonical form.
 *
 * `batch`, `past + time`, `4·time − 1`. Two dimensions are equal if their canonical forms are equal; a symbol is never
 * assumed to be 1. A constant dimension is a plain number.
 */
export type Dim = number | Polynomial;

/** What callers may write: a number, a symbol's name or a dimension. */
export type DimLike = Dim | string;

/** The value of every symbol in one run. */
export type Binding = ReadonlyMap<string, number>;

/** Monomial key (symbols sorted, joined by `·`; '' for the constant) → integer coefficient, never 0. */
type Terms = ReadonlyMap<string, number>;

/** A dimension with symbols: its terms, and their text as the key for comparisons. */
export class Polynomial {
  readonly terms: Terms;
  readonly key: string;
  constructor(terms: Terms) {
    this.terms = terms;
    this.key = showTerms(terms);
  }
  toString(): string {
    return this.key;
  }
}

const symbolPattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads a number, a symbol or a product of symbols and numbers (`64*blocks`) as a dimension. */
export function dim(value: DimLike): Dim {
  if (value instanceof Polynomial) return value;
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0) throw new RangeError(`dimension: expected an integer ≥ 0, got ${value}`);
    return value;
  }
  return value
    .split('+')
    .map((term) => term.split('*').map(factor).reduce(mulDim))
    .reduce(addDim);
}

function factor(text: string): Dim {
  const name = text.trim();
  if (/^\d+$/.test(name)) return Number(name);
  if (!symbolPattern.test(name)) throw new RangeError(`dimension: expected a symbol's name, got "${text}"`);
  return new Polynomial(new Map([[name, 1]]));
}

/** a + b, in canonical form. */
export function addDim(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(termsOf(a));
  for (const [key, coefficient] of termsOf(b)) sum.set(key, (sum.get(key) ?? 0) + coefficient);
  return fromTerms(sum);
}

/** a·b, in canonical form. */
export function mulDim(a: Dim, b: Dim): Dim {
  if (a === 0 || b === 0) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const product = new Map<string, number>();
  for (const [keyA, x] of termsOf(a)) {
    for (const [keyB, y] of termsOf(b)) {
      const key = [...symbolsOfKey(keyA), ...symbolsOfKey(keyB)].sort().join('·');
      product.set(key, (product.get(key) ?? 0) + x * y);
    }
  }
  return fromTerms(product);
}

/** a − b, in canonical form. */
export const subDim = (a: Dim, b: Dim): Dim => addDim(a, mulDim(b, constantTerm(-1)));

/** Whether two dimensions have the same canonical form. */
export const equalDim = (a: Dim, b: Dim): boolean =>
  typeof a === 'number' || typeof b === 'number' ? a === b : a.key === b.key;

/** Whether `a` is at most `times` as large as `b` for all values of the symbols; false if that is not certain. */
export const isAtMost = (a: Dim, b: Dim, times: number): boolean => {
  const [left, right] = [termsOf(a), termsOf(b)];
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].every((key) => (left.get(key) ?? 0) <= times * (right.get(key) ?? 0));
};

/** The value of a dimension under a binding. */
export function evaluateDim(value: Dim, binding: Binding): number {
  let total = 0;
  for (const [key, coefficient] of termsOf(value)) {
    let term = coefficient;
    for (const symbol of symbolsOfKey(key)) {
      const bound = binding.get(symbol);
      if (bound === undefined) throw new RangeError(`dimension ${value}: symbol "${symbol}" has no value`);
      term *= bound;
    }
    total += term;
  }
  return total;
}

/** Every symbol in a dimension, each once. */
export const symbolsOf = (value: Dim): string[] => [...new Set([...termsOf(value).keys()].flatMap(symbolsOfKey))];

/**
 * Extends `binding` so that `value` equals `size`, when exactly one symbol is unknown and it occurs linearly.
 *
 * @returns false when the dimension has two or more unknown symbols, or one that cannot be solved for (n·n).
 * @throws {RangeError} when no positive integer solves it.
 */
export function solveDim(value: Dim, size: number, binding: Map<string, number>): boolean {
  const unknown = symbolsOf(value).filter((symbol) => !binding.has(symbol));
  if (unknown.length > 1) return false;
  if (unknown.length === 0) {
    const known = evaluateDim(value, binding);
    if (known !== size) throw new RangeError(`expected ${describe(value, known)}, got ${size}`);
    return true;
  }
  const [symbol] = unknown;
  const at = (x: number) => evaluateDim(value, new Map(binding).set(symbol, x));
  const slope = at(1) - at(0);
  if (slope === 0 || at(2) - at(1) !== slope) return false;
  const solution = (size - at(0)) / slope;
  if (!Number.isInteger(solution) || solution <= 0) {
    throw new RangeError(`expected ${value} with "${symbol}" a positive integer, got ${size}`);
  }
  binding.set(symbol, solution);
  return true;
}

const describe = (value: Dim, known: number): string =>
  typeof value === 'number' ? String(value) : `${value} = ${known}`;

const constantTerm = (value: number): Polynomial => new Polynomial(new Map([['', value]]));

const termsOf = (value: Dim): Terms =>
  typeof value === 'number' ? (value === 0 ? new Map() : new Map([['', value]])) : value.terms;

const symbolsOfKey = (key: string): string[] => (key === '' ? [] : key.split('·'));

function fromTerms(terms: Map<string, number>): Dim {
  const kept = new Map([...terms].filter(([, coefficient]) => coefficient !== 0).sort(([a], [b]) => (a < b ? 1 : -1)));
  if (kept.size === 0) return 0;
  const constant = kept.get('');
  return kept.size === 1 && constant !== undefined ? constant : new Polynomial(kept);
}

function showTerms(terms: Terms): string {
  let text = '';
  for (const [key, coefficient] of terms) {
    const size = Math.abs(coefficient);
    const term = key === '' ? String(size) : size === 1 ? key : `${size}·${key}`;
    text += text === '' ? (coefficient < 0 ? `−${term}` : term) : coefficient < 0 ? ` − ${term}` : ` + ${term}`;
  }
  return text;
}
