import { describe, expect, test } from 'vitest';
import { WaitingItems } from '../../src/runtime/queue/waiting-items.ts';

const pairs = (count: number) => count <= 2;
const sized = (...sizes: number[]) => sizes.map((size) => ({ size }));

function cutItems() {
  const waiting = new WaitingItems<string, { size: number }>();
  expect(waiting.areCut).toBe(false);
  waiting.add('a', sized(3, 1, 2, 4));
  expect(waiting.areCut).toBe(false);
  waiting.cut(undefined, pairs, 2);
  expect(waiting.areCut).toBe(true);
  return waiting;
}

describe('items that were cut into batches are so', () => {
  test('until the last batch is taken', () => {
    const waiting = cutItems();
    expect(waiting.takeCut(undefined)).toHaveLength(2);
    expect(waiting.areCut).toBe(true);
    expect(waiting.takeCut(undefined)).toHaveLength(2);
    expect(waiting.areCut).toBe(false);
  });

  test('until others are added', () => {
    const waiting = cutItems();
    waiting.add('b', sized(1));
    expect(waiting.areCut).toBe(false);
    expect(waiting.takeFew(undefined, 5)).toHaveLength(5);
  });

  test('until some or all are removed', () => {
    const some = cutItems();
    some.add('b', sized(1));
    some.cut(undefined, pairs, 2);
    some.remove('b');
    expect(some.areCut).toBe(false);
    expect(some.next()?.count).toBe(4);
    const all = cutItems();
    all.remove('a');
    expect(all.areCut).toBe(false);
    const cleared = cutItems();
    cleared.clear();
    expect(cleared.areCut).toBe(false);
  });
});
