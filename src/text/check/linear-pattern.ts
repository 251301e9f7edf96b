/**
 * A part of an alternative: a character class, a group or a lookaround, with its quantifier.
 *
 * `ways` counts the ways it can match at a position, `length` the most characters it can read there. Both are finite;
 * for a class that is repeated without bound they are those of the minimum number of repetitions.
 */
interface Element {
  readonly text: string;
  /** `text` without its quantifier. */
  readonly atom: string;
  readonly min: number;
  readonly max: number;
  readonly isLazy: boolean;
  readonly ways: number;
  readonly length: number;
}

type Alternative = readonly Element[];

/** More steps per character than any useful pattern takes. */
export const mostSteps = 2000;

/**
 * The most steps that a pattern takes per character of a text to find all matches, or the reason why the number may
 * grow with the text.
 *
 * The proof is by form. An alternative reads a bounded part, then at most one run of a class (`\p{L}+`). If everything
 * after the run is optional, the alternative matches as soon as the run ends, so nothing is read twice. If what follows
 * can fail (`\s+(?!\S)`), a later alternative with the same beginning must match the whole run (`\s+`), so that it is
 * not read again and again. The patterns of GPT-2, cl100k, o200k, Llama 3, Qwen, DeepSeek V3 and BLOOM have this form.
 * A check of single matches is not enough: `a*b|a` passes it, but finding every match in a run of `a` is quadratic.
 *
 * @param source the source of a JavaScript regular expression with the flag `u`.
 */
export function patternSteps(source: string): number | string {
  try {
    const reader = new PatternReader(source);
    const alternatives = reader.alternatives(true);
    reader.end();
    const steps = alternatives.reduce(
      (sum, alternative, at) => sum + stepsOf(alternative, alternatives.slice(at + 1)),
      0,
    );
    return steps <= mostSteps ? steps : `expected at most ${mostSteps} steps per character, got ${steps}`;
  } catch (error) {
    if (error instanceof UnprovenPattern) return error.message;
    throw error;
  }
}

class UnprovenPattern extends Error {}

const isRun = ({ max }: Element): boolean => max === Infinity;
const boundedSteps = (elements: Alternative): number =>
  elements.reduce((ways, element) => ways * element.ways, 1) * elements.reduce((sum, { length }) => sum + length, 1);

/** The steps of one alternative per character; `later` are the alternatives after it. */
function stepsOf(alternative: Alternative, later: readonly Alternative[]): number {
  const at = alternative.findIndex(isRun);
  const steps = boundedSteps(alternative);
  if (at < 0) return steps;
  const run = alternative[at];
  const rest = alternative.slice(at + 1);
  if (rest.every(({ min }) => min === 0)) return steps;
  if (run.isLazy || !isTaken(alternative, at, later)) {
    const taker = run.isLazy
      ? ''
      : `, or a later "${beginning(alternative, at)}${run.atom}+" that matches what it read`;
    throw new UnprovenPattern(`expected the part after "${run.text}" to always match${taker}`);
  }
  // What follows is tried at every character of the run, so it can contain one run itself, which must not fail.
  return steps + stepsOf(rest, []);
}

const beginning = (alternative: Alternative, at: number): string =>
  alternative
    .slice(0, at)
    .map(({ text }) => text)
    .join('');

/**
 * Whether an alternative always matches what earlier ones, with the same beginning and class, have read without
 * success.
 */
function isTaken(alternative: Alternative, at: number, later: readonly Alternative[]): boolean {
  const start = beginning(alternative, at);
  for (const other of later) {
    const run = other.findIndex(isRun);
    if (run < 0 || other[run].atom !== alternative[at].atom || beginning(other, run) !== start) return false;
    if (!other[run].isLazy && other.slice(run + 1).every(({ min }) => min === 0)) return true;
  }
  return false;
}

const set =
  /\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\c[A-Za-z]|\\[^1-9k]|\[(?:\\[\s\S]|[^\]\\])*\]|[^\\()|?*+[\]{}]/uy;
const opening = /\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/y;
const quantifier = /([*+?]|\{(\d+)(?:(,)(\d*))?\})(\??)/y;

const deepest = 20;

/** Parses JavaScript's regular expressions with the flag `u`. */
class PatternReader {
  #at = 0;
  #depth = 0;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  #next(token: RegExp): RegExpExecArray | null {
    token.lastIndex = this.#at;
    const found = token.exec(this.#source);
    if (found) this.#at = token.lastIndex;
    return found;
  }

  end(): void {
    if (this.#at < this.#source.length) this.#fail();
  }

  #fail(): never {
    const found = this.#source.slice(this.#at, this.#at + 2);
    const expected = /^\\/.test(found) ? 'no back reference' : 'sets, groups and lookarounds';
    throw new UnprovenPattern(`expected ${expected}, got "${found}"`);
  }

  /** @param isOuter whether runs are allowed: not inside groups and lookarounds. */
  alternatives(isOuter: boolean): Alternative[] {
    const found: Alternative[] = [];
    do found.push(this.#alternative(isOuter));
    while (this.#next(/\|/y));
    return found;
  }

  #alternative(isOuter: boolean): Alternative {
    const elements: Element[] = [];
    for (;;) {
      const start = this.#at;
      const inner = this.#next(set) ? { ways: 1, length: 1 } : this.#group();
      if (!inner) return elements;
      elements.push(this.#repeated(start, inner, isOuter));
    }
  }

  #group(): { ways: number; length: number; isGroup: true } | undefined {
    if (!this.#next(opening)) return undefined;
    if (++this.#depth > deepest) throw new UnprovenPattern(`expected at most ${deepest} nested groups`);
    const inside = this.alternatives(false);
    if (!this.#next(/\)/y)) this.#fail();
    this.#depth--;
    const ways = inside.reduce((sum, elements) => sum + elements.reduce((all, element) => all * element.ways, 1), 0);
    const length = Math.max(...inside.map((elements) => elements.reduce((sum, element) => sum + element.length, 0)));
    return { ways, length, isGroup: true };
  }

  #repeated(start: number, inner: { ways: number; length: number; isGroup?: true }, isOuter: boolean): Element {
    const atom = this.#source.slice(start, this.#at);
    const found = this.#next(quantifier);
    const text = this.#source.slice(start, this.#at);
    const [, sign = '', least, comma, most, lazy] = found ?? [];
    const min = sign === '*' || sign === '?' ? 0 : Number(least ?? 1);
    const isUnbounded = sign === '*' || sign === '+' || (comma !== undefined && most === '');
    const max = isUnbounded ? Infinity : sign === '?' ? 1 : Number(most ?? least ?? 1);
    if (isUnbounded && inner.isGroup) {
      throw new UnprovenPattern(`expected no group with an unbounded quantifier, got "${text}"`);
    }
    if (isUnbounded && !isOuter) {
      throw new UnprovenPattern(`expected no unbounded quantifier inside a group or a lookaround, got "${text}"`);
    }
    const times = isUnbounded ? min : max;
    // Each number of repetitions is one way; each way of a group counts.
    const repetitions = inner.isGroup ? inner.ways ** Math.max(times, 1) : 1;
    const ways = repetitions * (times - min + 1);
    return { text, atom, min, max, isLazy: lazy === '?', ways, length: inner.length * Math.max(times, 1) };
  }
}
