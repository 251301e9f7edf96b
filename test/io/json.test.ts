import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { parseJson } from '../../src/io/json.ts';
import { jsonFault } from '../../src/io/json-fault.ts';

test('every JSON text is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      fc.pre(jsonFault(text) === undefined);
      expect(parseJson(text, 'a.json')).toEqual(JSON.parse(text));
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
      expect(jsonFault(JSON.stringify(value, null, space))).toBeUndefined();
    }),
  );
});

test('a fault is found exactly where JSON.parse refuses', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '"\\u00e9"',
    '"\\x"',
    '1',
    '-0.5e+3',
    '01',
    '1.',
    'true',
    'nul',
    ' ',
    '\n',
    '"',
  );
  let refused = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('');
      const fault = jsonFault(text);
      fc.pre(!fault?.reason.includes('each name once'));
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        isValid = false;
        refused++;
      }
      expect(fault === undefined).toBe(isValid);
    }),
    { numRuns: 5000 },
  );
  expect(refused).toBeGreaterThan(1000);
});

describe('the members of an object', () => {
  const membersOf = (text: string) => {
    const found: [string, string][] = [];
    const fault = jsonFault(text, (name, from, to) => void found.push([name, text.slice(from, to)]));
    return fault ?? found;
  };

  test('are reported with the source text of their values', () => {
    const text = ' {"a" : 1e400 , "__proto__":-0,"b": { "a": [2, "x"] }, "\\u0063":["}", {}],\t"d": "\\ud83d" } ';
    expect(membersOf(text)).toEqual([
      ['a', '1e400'],
      ['__proto__', '-0'],
      ['b', '{ "a": [2, "x"] }'],
      ['c', '["}", {}]'],
      ['d', '"\\ud83d"'],
    ]);
    expect(membersOf('[{"a": 1}]')).toEqual([]);
    expect(membersOf('{"a": 1, "b" 2}')).toEqual({ at: 13, reason: 'expected :' });
  });

  test('are those of JSON.parse', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        fc.constantFrom(0, 3),
        (value, space) => {
          const found = membersOf(JSON.stringify(value, null, space)) as [string, string][];
          expect(found.map(([name, text]) => [name, JSON.parse(text)])).toEqual(
            Object.entries(JSON.parse(JSON.stringify(value)))
              .sort(() => 0)
              .map(([name]) => [name, JSON.parse(JSON.stringify(value))[name]]),
          );
        },
      ),
    );
  });
});

test('nesting as deep as memory allows is not a fault', () => {
  const depth = 200_000;
  expect(jsonFault('['.repeat(depth) + ']'.repeat(depth))).toBeUndefined();
});

describe('the error gives line and column:', () => {
  test.each([
    ['{"a": 1,\n  b: 2}', 'c.json:2:3: expected a name in double quotes, got "b: 2}"'],
    ['{"a" 1}', 'c.json:1:6: expected :, got "1}"'],
    ['{"a": 1 "b"}', 'c.json:1:9: expected , or }, got "\\"b\\"}"'],
    ['[1 2]', 'c.json:1:4: expected , or ], got "2]"'],
    ['[1,]', 'c.json:1:4: expected a value, got "]"'],
    ['{"a": NaN}', 'c.json:1:7: expected a value, got "NaN}"'],
    ['{"a": "b', 'c.json:1:9: expected the string to be closed by ", got the end of the file'],
    ['["a\\q"]', 'c.json:1:4: expected an escape such as \\n or \\u00e9, got "\\\\q\\"]"'],
    ['["a\nb"]', 'c.json:1:4: expected a string without control characters, got "\\nb\\"]"'],
    ['{} x', 'c.json:1:4: expected the end, got "x"'],
    ['', 'c.json:1:1: expected a value, got the end of the file'],
    ['{"a": {"b": 1,\n "b": 2}}', 'c.json:2:2: expected each key once, found "b" again, got "\\"b\\": 2}}"'],
  ])('%j', (text, message) => {
    expect(() => parseJson(text, 'c.json')).toThrow(new InputError(message));
  });
});
