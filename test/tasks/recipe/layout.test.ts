import { expect, test } from 'vitest';
import { layoutOf } from '../../../src/tasks/recipe/layout.ts';

const columns = { text: 'review', label: 2 };

test('the layout of another file is that of the test set, else of the validation set, else of the training set', () => {
  const train = { file: 'a.csv', columns: { text: 0, label: 1 } };
  const validation = { file: 'b.csv', columns, delimiter: ';' };
  const test = { file: 'c.csv', columns, header: true };
  expect(layoutOf({ root: 'x', train, validation, test }, 'd.csv')).toEqual({ columns, header: true });
  expect(layoutOf({ root: 'x', train, validation }, 'd.csv')).toEqual({ columns, delimiter: ';' });
  expect(layoutOf({ root: 'x', train }, 'd.csv')).toEqual({ columns: train.columns });
});

test('two files have no layout, so the settings for all data count', () => {
  const two = { source: 'a', target: 'b' };
  const train = { file: 'a.csv', columns };
  expect(layoutOf({ root: 'x', train, test: two }, 'd.tsv')).toEqual({ columns });
  const all = { root: 'x', train: two, max_unpacked_bytes: 7 };
  expect(layoutOf(all, 'd.tsv')).toEqual({ max_unpacked_bytes: 7 });
});

test.each([
  ['reviews.dat', 'tsv'],
  ['reviews.DAT.gz', 'tsv'],
  ['reviews', 'tsv'],
  ['reviews.jsonl', undefined],
])('a named format and delimiter are those of a file %s: %s', (file, format) => {
  const train = { file: 'train.dat', format: 'tsv', delimiter: '|', header: true, columns };
  const named = format && { format, delimiter: '|' };
  expect(layoutOf({ root: 'x', train }, file)).toEqual({ columns, header: true, ...named });
});
