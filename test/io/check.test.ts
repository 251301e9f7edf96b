import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { check } from '../../src/io/check.ts';
import { InputError } from '../../src/io/error.ts';

const config = z.strictObject({
  hidden_size: z.int().min(1),
  activation_function: z.enum(['relu', 'gelu']).default('relu'),
  dropout: z.number().min(0).lt(1).optional(),
  init: z
    .union([z.strictObject({ std: z.number() }), z.strictObject({ file: z.string(), name: z.string() })])
    .optional(),
  ids: z.array(z.int()).max(2).optional(),
});

test('a right value comes back with its defaults', () => {
  expect(check(config, { hidden_size: 8 }, 'config bert')).toEqual({ hidden_size: 8, activation_function: 'relu' });
});

describe('the error for', () => {
  test.each<[string, unknown, string]>([
    [
      'an unknown field tells the nearest',
      { hidden_size: 8, dropuot: 0 },
      'unknown field "dropuot"; did you mean "dropout"?',
    ],
    ['a field far from all tells none', { hidden_size: 8, zzz: 0 }, 'unknown field "zzz"'],
    ['a missing field tells its type', {}, 'missing field "hidden_size", expected a whole number'],
    ['a wrong type tells both', { hidden_size: '8' }, 'hidden_size: expected a whole number, got "8"'],
    ['a fraction', { hidden_size: 8.5 }, 'hidden_size: expected a whole number, got 8.5'],
    ['null', { hidden_size: null }, 'hidden_size: expected a whole number, got null'],
    ['NaN', { hidden_size: 8, dropout: Number.NaN }, 'dropout: expected a number, got NaN'],
    ['a value below its range', { hidden_size: 0 }, 'hidden_size: expected a number ≥ 1, got 0'],
    ['a value above its range', { hidden_size: 8, dropout: 1 }, 'dropout: expected a number < 1, got 1'],
    [
      'an unknown choice',
      { hidden_size: 8, activation_function: 'gelo' },
      'activation_function: expected one of relu, gelu, got "gelo"; did you mean "gelu"?',
    ],
    ['a list too long', { hidden_size: 8, ids: [1, 2, 3] }, 'ids: expected ≤ 2 items, got a list'],
    ['an item of a list', { hidden_size: 8, ids: [1, 'x'] }, 'ids.1: expected a whole number, got "x"'],
    [
      'a form nearly met',
      { hidden_size: 8, init: { file: 'a', nam: 'b' } },
      'missing field "init.name", expected a string\n  unknown field "nam" in init; did you mean "name"?',
    ],
    ['no form at all', { hidden_size: 8, init: 3 }, 'init: expected a mapping of fields, got 3'],
    ['something else entirely', [], 'expected a mapping of fields, got a list'],
    [
      'a long text, cut',
      { hidden_size: 'x'.repeat(100) },
      `hidden_size: expected a whole number, got "${'x'.repeat(60)}…"`,
    ],
  ])('%s', (_, value, message) => {
    const expected = message.includes('\n') ? `config bert:\n  ${message}` : `config bert: ${message}`;
    expect(() => check(config, value, 'config bert')).toThrow(new InputError(expected));
  });

  test('several faults tells them all', () => {
    expect(() => check(config, { hidden_sise: 8, dropout: 2 }, 'config bert')).toThrow(
      new InputError(
        'config bert:\n  missing field "hidden_size", expected a whole number\n' +
          '  dropout: expected a number < 1, got 2\n  unknown field "hidden_sise"; did you mean "hidden_size"?',
      ),
    );
  });

  test('a place that is looked up tells it for each fault', () => {
    const where = (path: readonly PropertyKey[]) => `c.yaml:${path.length > 1 ? 2 : 1}`;
    expect(() => check(config, { hidden_size: 0, ids: ['x'] }, where)).toThrow(
      new InputError(
        'c.yaml:1: hidden_size: expected a number ≥ 1, got 0\nc.yaml:2: ids.0: expected a whole number, got "x"',
      ),
    );
  });
});
