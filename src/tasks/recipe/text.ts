import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { InputError } from '../../io/error.ts';
import { parseJson } from '../../io/json.ts';
import { loneSurrogates } from '../../io/surrogate.ts';

/**
 * A parsed text in YAML or JSON: its plain value, and the line (from 1) of the field at a path or of its nearest
 * parent.
 */
export interface StructuredText {
  readonly value: unknown;
  lineOf(path: readonly PropertyKey[]): number;
}

/**
 * Parses YAML 1.2 (core schema, in which `5e-3` is a number and `no` a text), which includes JSON.
 *
 * @throws {InputError} that names the first fault with file, line and column; a repeated key is a fault.
 */
export function parseStructuredText(text: string, file: string): StructuredText {
  if (file.endsWith('.json')) parseJson(text, file);
  refuseMeasureless(text, file);
  const lines = new LineCounter();
  const document = plainly(file, () =>
    parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', logLevel: 'error' }),
  );
  const fault = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    at: pos[0],
    message: plain(message),
  }))[0];
  const refused = fault ?? plainly(file, () => unusable(document));
  if (refused) {
    const { line, col } = lines.linePos(refused.at);
    throw new InputError(`${file}:${line}:${col}: ${refused.message}`);
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const key of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
        if (!pair) break;
        if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        if (isScalar(node) || isMap(node) || isSeq(node)) offset = node.range?.[0] ?? offset;
      } else break;
    }
    return lines.linePos(offset).line;
  };
  return { value: plainly(file, () => document.toJS()), lineOf };
}

/** More than any recipe needs, but few enough for the YAML library, whose time grows with the square of both. */
const most = { depth: 200, characters: 2 ** 15 } as const;

/** @throws {InputError} for a text that is too long or nested too deeply, judged by its brackets and dashes. */
function refuseMeasureless(text: string, file: string): void {
  const refuse = (at: number): never => {
    const before = text.slice(0, at).split('\n');
    throw new InputError(
      `${file}:${before.length}:${(before.at(-1) ?? '').length + 1}: the fields are nested too deeply`,
    );
  };
  let open = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    open = Math.max(0, open + (bracket === '[' || bracket === '{' ? 1 : -1));
    if (open > most.depth) refuse(index);
  }
  const dashes = /(?:[-?] {1,9}){200}/.exec(text);
  if (dashes) refuse(dashes.index);
  if (text.length > most.characters) {
    throw new InputError(`${file}: expected at most ${most.characters} characters, got ${text.length}`);
  }
}

/** Runs a step of the parser; an error of the YAML library becomes an {@link InputError}. */
function plainly<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new InputError(`${file}: ${plain(error instanceof Error ? error.message : String(error))}`);
  }
}

/** The YAML library recurses; what it says of a text nested beyond the stack is V8's. */
function plain(message: string): string {
  return /call stack/.test(message) ? 'the fields are nested too deeply' : message;
}

/** The first field `__proto__`, which objects of JavaScript cannot hold like any other, or text that no file can hold. */
function unusable(document: Document.Parsed): { readonly at: number; readonly message: string } | undefined {
  let found: { readonly at: number; readonly message: string } | undefined;
  const stop = (range: readonly number[] | null | undefined, message: string) => {
    found = { at: range?.[0] ?? 0, message };
    return visit.BREAK;
  };
  visit(document, {
    Pair(_, { key }) {
      return isScalar(key) && key.value === '__proto__' ? stop(key.range, 'unknown field "__proto__"') : undefined;
    },
    Scalar(_, { value, range }) {
      const isTorn = typeof value === 'string' && loneSurrogates(value) > 0;
      return isTorn ? stop(range, `expected whole characters, got half of one in ${JSON.stringify(value)}`) : undefined;
    },
  });
  return found;
}
