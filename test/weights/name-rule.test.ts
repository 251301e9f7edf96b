import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyRules,
  conv1d,
  inverted,
  legacyLayerNorm,
  matchesAny,
  type NameRule,
  renamed,
} from '../../src/weights/name-rule.ts';

describe('a pattern', () => {
  test.each([
    ['h.*.attn.bias', 'h.11.attn.bias', true],
    ['h.*.attn.bias', 'h.11.attn.c_attn.bias', false],
    ['h.*.attn.bias', 'h.1.2.attn.bias', false],
    ['**.attn.bias', 'transformer.h.1.attn.bias', true],
    ['**.attn.bias', 'c_attn.bias', false],
    ['a.b', 'axb', false],
  ])('%s, name %s: %s', (pattern, name, isMatch) => {
    expect(matchesAny(name, ['never', pattern])).toBe(isMatch);
  });

  test('keeps what its wildcards stand for, in order', () => {
    expect(renamed('x.3.y.7', '*.*.y.*', '*.z.*.*')).toBe('x.z.3.7');
    expect(renamed('x.3', '*.y', '*.z')).toBeUndefined();
  });

  test.each([
    ['*.a', '*.*.b'],
    ['*.a', 'b'],
    ['*.a', '**.b'],
  ])('is refused when its sides have different wildcards: %s and %s', (from, to) => {
    expect(() => renamed('x.a', from, to)).toThrow(
      new RangeError(`name rule: expected the same wildcards in "${from}" and "${to}"`),
    );
  });
});

const table: readonly NameRule[] = [
  ...conv1d('h.*.attn.c_attn.weight', 'h.*.mlp.c_fc.weight'),
  ...legacyLayerNorm,
  { file: '**', model: 'transformer.**' },
];
const flip = (value: number) => -value;

test('rules rename, transpose and add a prefix', () => {
  const found = new Map([
    ['h.0.attn.c_attn.weight', 1],
    ['h.0.ln_1.gamma', 2],
    ['ln_f.bias', 3],
  ]);
  expect([...applyRules(found, table, flip)]).toEqual([
    ['transformer.h.0.attn.c_attn.weight', -1],
    ['transformer.h.0.ln_1.weight', 2],
    ['transformer.ln_f.bias', 3],
  ]);
});

test('rules read backwards give back the names and values of the file', () => {
  const part = fc.constantFrom('h', '0', '12', 'attn', 'mlp', 'c_attn', 'c_fc', 'ln_1', 'wte');
  const last = fc.constantFrom('gamma', 'beta', 'c_proj', 'scale');
  const name = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), last)
    .map(([parts, end]) => [...parts, end].join('.'));
  const names = fc.oneof(
    name,
    fc.nat(20).map((i) => `h.${i}.attn.c_attn.weight`),
  );
  const rules = table.slice(0, 2).concat(
    legacyLayerNorm.map(({ file, model }) => ({ file, model: `${model}_norm` })),
    table.slice(-1),
  );
  fc.assert(
    fc.property(fc.uniqueArray(names), (list) => {
      const file = new Map(list.map((one, i) => [one, i + 1]));
      expect(applyRules(applyRules(file, rules, flip), inverted(rules), flip)).toEqual(file);
    }),
  );
});

test('rules for old names are not read backwards: what is written has today’s', () => {
  const parameters = new Map([
    ['transformer.h.0.ln_1.weight', 1],
    ['transformer.h.0.attn.c_attn.weight', 2],
  ]);
  expect([...applyRules(parameters, inverted(table), flip)]).toEqual([
    ['h.0.ln_1.weight', 1],
    ['h.0.attn.c_attn.weight', -2],
  ]);
});

test('two tensors that get one name are refused', () => {
  const found = new Map([
    ['a.gamma', 1],
    ['a.weight', 2],
  ]);
  expect(() => applyRules(found, legacyLayerNorm, flip)).toThrow(
    'checkpoint: expected one tensor for a.weight, got two: a.gamma and a.weight',
  );
});
