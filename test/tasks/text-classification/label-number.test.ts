import { expect, it } from 'vitest';
import { sameNumberNotes } from '../../../src/tasks/text-classification/label-number.ts';

it('a number in two forms is reported, however many zeros it has', () => {
  const [short, long] = [`1e1000000`, `1${'0'.repeat(1e6)}`];
  expect(sameNumberNotes([short, long])).toHaveLength(1);
  expect(sameNumberNotes([`${long}1`, '2'])).toEqual([]);
}, 5000);
