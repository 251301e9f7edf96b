import { describe, expect, test } from 'vitest';
import { randomStream } from '../../../src/data/batch/shuffle.ts';
import { maskTokens } from '../../../src/tasks/fill-mask/token-mask.ts';

const maskId = 7;
const options = { mlm_probability: 0.15, maskId, vocabulary: 1000 };
/** Tokens 500 … 599 over and over, in a frame of token 0. */
const row = (length: number) => ({
  ids: Int32Array.from({ length }, (_, at) => (at === 0 || at === length - 1 ? 0 : 500 + (at % 100))),
  choices: Int32Array.from({ length: length - 2 }, (_, at) => at + 1),
});

describe('tokens to predict', () => {
  const { ids, choices } = row(40_002);
  const { ids: read, places, labels } = maskTokens({ ids, choices }, options, randomStream(1));
  const share = (isSo: (place: number, at: number) => boolean) => places.filter(isSo).length / places.length;

  test('are 15 % of those that may be hidden', () => {
    expect(places.length / choices.length).toBeCloseTo(0.15, 2);
    expect(Array.from(places)).toEqual([...new Set(places)].sort((a, b) => a - b));
    const allowed = new Set(choices);
    expect(places.every((place) => allowed.has(place))).toBe(true);
  });

  test('are hidden four times in five; of the rest one half is replaced, the other kept', () => {
    expect(share((place) => read[place] === maskId)).toBeCloseTo(0.8, 1);
    expect(share((place) => read[place] === ids[place])).toBeCloseTo(0.1, 1);
    expect(share((place) => read[place] !== maskId && read[place] !== ids[place])).toBeCloseTo(0.1, 1);
    const replaced = places.filter((place) => read[place] !== maskId && read[place] !== ids[place]);
    expect(Math.max(...replaced.map((place) => read[place] ?? 0))).toBeGreaterThan(900);
    expect(Math.max(...replaced.map((place) => read[place] ?? 0))).toBeLessThan(1000);
  });

  test('keep what they were as labels; every other token stays', () => {
    expect(Array.from(labels)).toEqual(Array.from(places, (place) => ids[place]));
    const predicted = new Set(places);
    const others = Array.from(ids.keys()).filter((at) => !predicted.has(at));
    expect(others.every((at) => read[at] === ids[at])).toBe(true);
  });

  test('follow from the stream alone', () => {
    const again = (key: number) => Array.from(maskTokens(row(50), options, randomStream(3, key)).ids);
    expect(again(1)).toEqual(again(1));
    expect(again(1)).not.toEqual(again(2));
  });
});

test('a row has at least one token to predict, however short it is', () => {
  for (let key = 0; key < 50; key++) {
    const { places } = maskTokens(row(4), { ...options, mlm_probability: 0.01 }, randomStream(key));
    expect(places.length).toBeGreaterThan(0);
  }
});
