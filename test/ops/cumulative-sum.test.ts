/** The cumulative sum beyond its row's samples: RoBERTa's positions, inside a loop, and what it refuses. */
import { describe, expect, test } from 'vitest';
import {
  add,
  constantTensor,
  gradient,
  input,
  interpret,
  mul,
  type ScanAttributes,
  ShapeError,
  scan,
  scanOp,
  simplify,
  type Tensor,
  topological,
  value,
} from '../../src/graph/index.ts';
import { cast, cumulativeSum, equal, not, tanh } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { alongDirection, present, seedFeeds, seedsFor } from './derivative.ts';
import { drawFloats } from './draw.ts';
import { runLowered } from './engine.ts';
import { differenceTolerance, expectClose, tolerance } from './tolerance.ts';

const backends = [nodeBackend(), webBackend({ threads: 2 })];

/** Transformers 4.46.3, modeling_roberta.py, create_position_ids_from_input_ids. */
function positions(ids: Tensor, pad: number): Tensor {
  const padding = constantTensor(pad, [], 'int32');
  const mask = cast(not(equal(ids, padding)), { dtype: 'int32' });
  return add(mul(cumulativeSum(mask, { axis: -1 }), mask), padding);
}

describe("RoBERTa's positions", () => {
  // With padding after, before and between tokens, none, and nothing else; pad = 1.
  const ids = [0, 31414, 232, 2, 1, 1, 0, 42, 2, 1, 1, 1, 1, 1, 0, 9, 8, 2, 0, 5, 1, 7, 1, 2, 0, 4, 5, 6, 7, 2].concat(
    Array.from({ length: 6 }, () => 1),
  );
  const expected = [2, 3, 4, 5, 1, 1, 2, 3, 4, 1, 1, 1, 1, 1, 2, 3, 4, 5, 2, 3, 1, 4, 1, 5, 2, 3, 4, 5, 6, 7].concat(
    Array.from({ length: 6 }, () => 1),
  );
  const feeds = { ids: value([6, 6], ids, 'int32') };

  test('start at the padding id + 1 and count tokens alone', () => {
    const [found] = interpret([positions(input('ids', [6, 6], 'int32'), 1)], feeds);
    expect(found.dtype).toBe('int32');
    expect([...found.data]).toEqual(expected);
  });

  for (const backend of backends) {
    test(`are the same integers on ${backend.name}, for any batch and length`, async () => {
      const y = positions(input('ids', ['batch', 'time'], 'int32'), 1);
      const { found } = await runLowered(backend, { found: y }, feeds);
      expect(found.dtype).toBe('int32');
      expect([...found.data]).toEqual(expected);
    });
  }
});

describe('in a loop', () => {
  const [steps, width] = [4, 3];
  const [h, x] = [input('h', [2, width]), input('x', [steps, 2, width])];
  const { carries, outputs } = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
    const next = tanh(add(cumulativeSum(state, { axis: -1, exclusive: true }), cumulativeSum(element, { axis: 0 })));
    return { carries: [next], outputs: [next] };
  });
  const results = [...carries, ...outputs];
  const feeds = {
    h: value([2, width], drawFloats('h', 2 * width)),
    x: value([steps, 2, width], drawFloats('x', steps * 2 * width)),
  };

  test('of a step’s element it is computed for all steps at once, of the state in every step', () => {
    const [loop] = topological(simplify(results)).filter(({ op }) => op === scanOp);
    const { body } = loop.attributes as ScanAttributes;
    const inside = topological([...body.nextCarries, ...body.outputs]).map(({ op }) => op.name);
    expect(inside.filter((name) => name === 'cumulativeSum')).toHaveLength(1);
  });

  test('its gradient is the derivative', () => {
    const seeds = seedsFor('seed', results);
    const wrt = new Map([
      ['h', h],
      ['x', x],
    ]);
    const fed = { ...feeds, ...seedFeeds(seeds, interpret(results, feeds), 'loop') };
    const { byGradient, byDifference } = alongDirection(results, seeds, wrt, fed, 'loop');
    expect(Math.abs(byGradient - byDifference)).toBeLessThan(differenceTolerance * Math.max(1, Math.abs(byDifference)));
  });

  for (const backend of backends) {
    test(`results and gradient on ${backend.name} are the reference's`, async () => {
      const seeds = seedsFor('seed', results);
      const grads = present(gradient(results, [h, x], seeds));
      const fed = { ...feeds, ...seedFeeds(seeds, interpret(results, feeds), 'loop') };
      const named = Object.fromEntries([...results, ...grads].map((y, i) => [`y${i}`, y]));
      const found = await runLowered(backend, named, fed);
      interpret(Object.values(named), fed).forEach((expected, i) => {
        expectClose(found[`y${i}`], expected, tolerance.gradient, `y${i}`);
      });
    });
  }
});

test('refuses a type that cannot count beyond itself, and an axis that is not there', () => {
  expect(() => cumulativeSum(input('x', [3], 'bool'), { axis: 0 })).toThrow(
    new ShapeError('cumulativeSum: expected float or int32, got bool [3]'),
  );
  expect(() => cumulativeSum(input('x', [3], 'uint8'), { axis: 0 })).toThrow(ShapeError);
  expect(() => cumulativeSum(input('x', [3, 2]), { axis: 2 })).toThrow(
    new ShapeError('cumulativeSum: axis must be an integer in −2 … 1, got 2'),
  );
});
