/** The first fault in a text that should be JSON. */
export interface JsonFault {
  /** Index of the character at the fault. */
  readonly at: number;
  readonly reason: string;
}

const blank = /[ \t\n\r]*/y;
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}

/** End of the string that begins at `at`, or its fault. */
function stringEnd(text: string, at: number): number | JsonFault {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code < 0x20) return { at: i, reason: 'expected a string without control characters' };
    if (code !== 0x5c) continue;
    const length = lengthAt(escapeSequence, text, i);
    if (length === 0) return { at: i, reason: 'expected an escape such as \\n or \\u00e9' };
    i += length - 1;
  }
  return { at: text.length, reason: 'expected the string to be closed by "' };
}

/**
 * Finds the first fault of a JSON text (RFC 8259): a syntax error or a repeated key, of which `JSON.parse` would
 * silently keep the last.
 *
 * Uses a stack of open objects (their keys) and arrays (null) instead of recursion, so only memory limits nesting.
 * @param member called for every member of the outermost object with the position of its value in the text, where
 *   numbers still have all the digits that `JSON.parse` rounds.
 */
export function jsonFault(
  text: string,
  member: (name: string, from: number, to: number) => void = () => undefined,
): JsonFault | undefined {
  const open: (Set<string> | null)[] = [];
  let at = 0;
  let [name, from] = ['', 0];
  const close = (end: number): void => {
    if (open.length === 1 && open[0]) member(name, from, end);
  };
  let expected: 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' = 'value';
  for (;;) {
    at += lengthAt(blank, text, at);
    const char = text[at];
    if (expected === 'comma') {
      const keys = open.at(-1);
      if (keys === undefined) return at === text.length ? undefined : { at, reason: 'expected the end' };
      if (char === ',') expected = keys ? 'key' : 'value';
      else if (char === (keys ? '}' : ']')) {
        open.pop();
        close(at + 1);
      } else return { at, reason: keys ? 'expected , or }' : 'expected , or ]' };
      at++;
    } else if (expected === 'colon') {
      if (char !== ':') return { at, reason: 'expected :' };
      expected = 'value';
      at++;
    } else if ((expected === 'first key' && char === '}') || (expected === 'first value' && char === ']')) {
      open.pop();
      close(at + 1);
      expected = 'comma';
      at++;
    } else if (expected === 'key' || expected === 'first key') {
      if (char !== '"') return { at, reason: 'expected a name in double quotes' };
      const end = stringEnd(text, at);
      if (typeof end !== 'number') return end;
      const key: string = JSON.parse(text.slice(at, end));
      const keys = open.at(-1);
      if (keys?.has(key)) return { at, reason: `expected each key once, found ${JSON.stringify(key)} again` };
      keys?.add(key);
      if (open.length === 1) name = key;
      expected = 'colon';
      at = end;
    } else if (char === '{' || char === '[') {
      if (open.length === 1) from = at;
      open.push(char === '{' ? new Set() : null);
      expected = char === '{' ? 'first key' : 'first value';
      at++;
    } else {
      const end = char === '"' ? stringEnd(text, at) : at + lengthAt(scalar, text, at);
      if (typeof end !== 'number') return end;
      if (end === at) return { at, reason: 'expected a value' };
      if (open.length === 1) from = at;
      close(end);
      expected = 'comma';
      at = end;
    }
  }
}
