/** What the comparison counts in its models, and when it counts as shown. */
import { describe, expect, test } from 'vitest';
import { contestantSize, contestants } from '../../src/lab/experiments/comparison/contestant.ts';
import { sentencesUntilHalved } from '../../src/lab/experiments/comparison/measure.ts';
import { type ComparedQuality, isComparisonShown } from '../../src/lab/experiments/comparison/run.ts';
import {
  showStraight,
  straight,
  translatorNeed,
  valueAt,
} from '../../src/lab/experiments/comparison/translator-need.ts';

const { width, words } = contestantSize;

describe('the verdict', () => {
  const model = (path: ComparedQuality['path'], slope: number, mean: number): ComparedQuality => ({
    path,
    need: { parameters: 1, inSequence: { slope, offset: 3 }, state: { slope: 0, offset: 1 } },
    whole: [1, mean].map((at) => ({ mean: at, min: at - 0.05, max: at + 0.05 })),
  });
  const [far, near] = [(time: number) => 2 * time, () => 1];

  test.each([
    ['shown when the near ones write more and one does not wait', [0.3, 2, 0.9, 0], true],
    ['not shown when the spreads meet', [0.3, 2, 0.38, 0], false],
    ['not shown when all wait', [0.3, 2, 0.9, 1], false],
    ['not shown when a recurrent one does not wait', [0.3, 0, 0.9, 0], false],
  ])('is %s', (_, [plain, slope, looking, slopeNear], isShown) => {
    const compared = [model(far, slope, plain), model(near, 5, looking), model(near, slopeNear, looking)];
    expect(isComparisonShown(compared)).toBe(isShown);
  });
});

describe('what the models need', () => {
  const [rnn, lstm, gru, attention, transformer] = contestants.map(({ translator }) => translatorNeed(translator));

  test('without attention the state is of one size, with attention it grows with the source', () => {
    expect([rnn, lstm, gru].map(({ state }) => state)).toEqual(
      [width, 2 * width, width].map((offset) => ({ slope: 0, offset })),
    );
    // A word's two directions, what scores read of it, and its mask.
    expect(attention.state).toEqual({ slope: 2 * width + width + 1, offset: width });
    // Keys and values of two layers, of the source and of what is written, and the mask.
    expect(transformer.state).toEqual({ slope: 2 * 4 * width + 1, offset: 0 });
  });

  test('recurrent models learn a sentence word after word, the Transformer at once', () => {
    for (const { inSequence } of [rnn, lstm, gru]) expect(inSequence.slope).toBe(2);
    expect(attention.inSequence.slope).toBeGreaterThan(2);
    expect(transformer.inSequence.slope).toBe(0);
  });

  test('parameters are those of the layers', () => {
    const vocabulary = words + 3;
    const layer = (gates: number) => gates * (2 * width ** 2 + 2 * width);
    const rest = 2 * vocabulary * width + vocabulary;
    // The bridge from the encoder's last state to the decoder's first, one for each state of the cell.
    const bridge = width ** 2 + width;
    expect(rnn.parameters).toBe(2 * layer(1) + rest + bridge);
    expect(gru.parameters).toBe(2 * layer(3) + rest + bridge);
    expect(lstm.parameters).toBe(2 * layer(4) + rest + 2 * bridge);
  });
});

test('a straight line is found and written; anything else is refused', () => {
  expect(straight((time) => 3 * time - 2)).toEqual({ slope: 3, offset: -2 });
  expect(
    [
      [3, -2],
      [1, 0],
      [2, 5],
      [0, 1234],
    ].map(([slope, offset]) => showStraight({ slope, offset })),
  ).toEqual(['3·T − 2', 'T', '2·T + 5', '1,234']);
  expect(valueAt({ slope: 3, offset: -2 }, 10)).toBe(28);
  expect(() => straight((time) => time ** 2)).toThrow('expected a straight line, got 16, 64, 256 at lengths 4, 8, 16');
});

test('sentences are counted to the end of the window whose mean loss is half of guessing', () => {
  const half = Math.log(words) / 2;
  const losses = [...Array(40).fill(half + 0.1), ...Array(20).fill(half - 0.1)];
  expect(sentencesUntilHalved(losses)).toBe(60 * 32);
  expect(sentencesUntilHalved([...losses.slice(0, 40), half - 1])).toBe(41 * 32);
  expect(sentencesUntilHalved(losses.slice(0, 40))).toBe(Number.POSITIVE_INFINITY);
});
