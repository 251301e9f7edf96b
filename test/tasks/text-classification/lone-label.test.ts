import { expect, test } from 'vitest';
import { loneLabelNotes } from '../../../src/tasks/text-classification/lone-label.ts';

const entry = { file: 'a.csv', columns: { text: 0, label: 1 } };
const noted = (labels: readonly (readonly string[])[], of = entry) =>
  loneLabelNotes({ texts: labels.map(() => 'a'), labels, where: (row) => `a.csv:${row + 1}`, notes: [] }, of);

test('labels with several texts each need no note', () => {
  expect(noted([['x'], ['y'], ['x'], ['y', 'x'], []])).toEqual([]);
  expect(noted([])).toEqual([]);
});

test('a header that counts as a row is named, with its remedy', () => {
  const rows = [['label'], ['x'], ['y'], ['x'], ['y']];
  const note = '1 of 3 labels has a single text: "label" at a.csv:1';
  expect(noted(rows)).toEqual([`${note}; if the first row is a header, set header: true`]);
  expect(noted(rows, { ...entry, header: false } as typeof entry)).toEqual([note]);
  expect(noted(rows, { file: 'a.csv', columns: { text: 'text', label: 1 } } as never)).toEqual([note]);
});

test('many such labels are counted, and the first are shown with their rows', () => {
  expect(noted([['x'], ['x'], ['b'], ['a', 'c'], ['d']])).toEqual([
    '4 of 5 labels have a single text: "b" at a.csv:3, "a" at a.csv:4, "c" at a.csv:4, …',
  ]);
});
