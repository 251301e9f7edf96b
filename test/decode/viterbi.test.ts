/** What no best sequence can be found of; that the best is found, `test/nn/crf.test.ts` shows by enumeration. */
import { describe, expect, test } from 'vitest';
import { viterbi } from '../../src/decode/viterbi.ts';
import { InputError } from '../../src/io/error.ts';

const none = Number.NEGATIVE_INFINITY;
const zeros = (count: number): number[] => Array<number>(count).fill(0);
const chain = { start: zeros(2), transitions: zeros(4), end: zeros(2) };

describe('the best tag sequence', () => {
  test.each([
    ['one step', [none, none], chain],
    ['many steps', Array<number>(6).fill(none), chain],
    ['a start that is forbidden', [1, 2, 3, 4], { ...chain, start: [none, none] }],
    ['transitions that are forbidden', [1, 2, 3, 4], { ...chain, transitions: Array<number>(4).fill(none) }],
  ])('is refused where there is none: %s of -Infinity', (_, emissions, scores) => {
    for (const isAllowed of [undefined, () => false]) {
      expect(() => viterbi(emissions, scores, isAllowed)).toThrow(
        new InputError(
          'viterbi: expected a tag sequence with a score above -Infinity, got none: every one is forbidden',
        ),
      );
    }
  });

  test.each([
    ['the emission of step 1, tag 0', [1, 2, Number.NaN, 4], chain],
    ['the emission of step 0, tag 1', [1, Number.NaN], chain],
    ['the start of tag 1', [1, 2], { ...chain, start: [0, Number.NaN] }],
    ['the transition from tag 1, to tag 0', [1, 2, 3, 4], { ...chain, transitions: [0, 0, Number.NaN, 0] }],
    ['the end of tag 0', [1, 2], { ...chain, end: [Number.NaN, 0] }],
  ])('is refused where a score is not a number: %s', (place, emissions, scores) => {
    expect(() => viterbi(emissions, scores)).toThrow(
      new InputError(`viterbi: expected a number or -Infinity, got NaN, at ${place}`),
    );
  });

  test('is refused where a score is Infinity, which plus -Infinity is not a number', () => {
    expect(() => viterbi([1, Number.POSITIVE_INFINITY], chain)).toThrow(
      'viterbi: expected a number or -Infinity, got Infinity, at the emission of step 0, tag 1',
    );
  });

  test.each([[[]], [[1, 2, 3]]])('is refused for emissions that are no steps of two tags: %j', (emissions) => {
    expect(() => viterbi(emissions, chain)).toThrow(
      `viterbi: expected emissions [T, K=2] with T ≥ 1, got ${emissions.length} numbers`,
    );
  });

  test.each([
    ['transitions [K=2, K=2], got 3 numbers', { ...chain, transitions: zeros(3) }],
    ['end [K=2], got 1 numbers', { ...chain, end: [0] }],
  ])('is refused for a chain that is not one of as many tags everywhere: expected %s', (expected, scores) => {
    expect(() => viterbi([1, 2, 3, 4], scores)).toThrow(new InputError(`viterbi: expected ${expected}`));
  });

  test('goes around single scores of -Infinity, also where what is allowed would lead through them', () => {
    expect(viterbi([none, 1, 5, none], chain)).toEqual({ tags: [1, 0], score: 6 });
    const stays = (from: number, to: number) => from < 0 || to < 0 || from === to;
    expect(viterbi([none, 1, 5, none], chain, stays)).toEqual({ tags: [1, 0], score: 6 });
  });

  test('takes the lower tag of equal scores, at every step', () => {
    expect(viterbi(zeros(6), chain)).toEqual({ tags: [0, 0, 0], score: 0 });
  });
});
