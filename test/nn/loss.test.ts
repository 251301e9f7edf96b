import { describe, expect, test } from 'vitest';
import { constantTensor, input, interpret, type Tensor, value } from '../../src/graph/index.ts';
import { crossEntropyLoss, huberLoss, mseLoss, nllLoss, smoothedTokenLoss, smoothL1Loss } from '../../src/nn/index.ts';
import { logSoftmax } from '../../src/ops/index.ts';

const logits = constantTensor([0.1, 0.2, -1, 3, 0, 0.5, 1, -2, 0.25], [3, 3]);
const labels = (...ids: number[]) => constantTensor(ids, [ids.length], 'int32');
const numbers = (tensor: Tensor, feeds = {}) => [...interpret([tensor], feeds)[0].data];

describe('losses of classes', () => {
  test('a mean over no row is NaN, a sum over none is 0', () => {
    expect(numbers(crossEntropyLoss(logits, labels(-100, -100, -100)))).toEqual([Number.NaN]);
    expect(numbers(crossEntropyLoss(logits, labels(-100, -100, -100), { reduction: 'sum' }))).toEqual([0]);
  });

  test('nll of the log-softmax is the cross entropy, with weights and ignored rows too', () => {
    const weight = constantTensor([0.5, 2, 1.5], [3]);
    const options = [{}, { weight }, { weight, ignoreIndex: 1 }, { reduction: 'none', weight } as const];
    for (const option of options) {
      const expected = numbers(crossEntropyLoss(logits, labels(1, 0, 2), option));
      numbers(nllLoss(logSoftmax(logits), labels(1, 0, 2), option)).forEach((x, i) =>
        expect(x).toBeCloseTo(expected[i], 12),
      );
    }
  });

  test('weights of 1 change nothing', () => {
    const weight = constantTensor([1, 1, 1], [3]);
    const loss = (options: object) =>
      numbers(crossEntropyLoss(logits, labels(1, -100, 2), { labelSmoothing: 0.2, ...options }));
    expect(loss({ weight })[0]).toBeCloseTo(loss({})[0], 12);
  });

  test('a causal loss takes symbolic sizes', () => {
    const loss = smoothedTokenLoss(input('z', ['batch', 'time', 3]), input('y', ['batch', 'time'], 'int32'), {
      shiftLabels: true,
    });
    const feeds = { z: value([1, 3, 3], numbers(logits)), y: value([1, 3], [0, 1, -100], 'int32') };
    const expected = numbers(
      crossEntropyLoss(constantTensor([0.1, 0.2, -1], [1, 3]), labels(1), { labelSmoothing: 0.1 }),
    );
    expect(numbers(loss, feeds)[0]).toBeCloseTo(expected[0], 12);
  });

  test('logits without classes are refused', () => {
    expect(() => crossEntropyLoss(input('z', [3]), labels(0, 1, 2))).toThrow(
      'loss: expected logits [N, C, ...], got [3]',
    );
  });
});

describe('losses of numbers', () => {
  const [a, b] = [constantTensor([0, 1, 5], [3]), constantTensor([0.5, 1, 1], [3])];

  test('each element by itself, and their sum', () => {
    expect(numbers(mseLoss(a, b, { reduction: 'none' }))).toEqual([0.25, 0, 16]);
    expect(numbers(mseLoss(a, b, { reduction: 'sum' }))).toEqual([16.25]);
  });

  test("Huber's delta is where the parabola ends; smooth L1 divides by its beta", () => {
    expect(numbers(huberLoss(a, b, { reduction: 'none', delta: 2 }))).toEqual([0.125, 0, 6]);
    expect(numbers(smoothL1Loss(a, b, { reduction: 'none', beta: 2 }))).toEqual([0.0625, 0, 3]);
  });
});
