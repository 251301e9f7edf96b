import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { input, interpret, reshape, sizeOf, type Tensor, type Value, value } from '../../src/graph/index.ts';
import type { RoleModel } from '../../src/models/role.ts';
import { crossEntropyLoss, Trace } from '../../src/nn/index.ts';
import { alongDirection } from '../ops/derivative.ts';
import { ids, parameterFeeds } from './tiny-marian.ts';
import { schemeNames, tinyEncoder, tinyLm, tinySeq2Seq } from './tiny-transformer.ts';
import { traceForward } from './trace-forward.ts';

const V = 11;
const D = 8;
const runs = { numRuns: 6, seed: 5 };
const token = fc.integer({ min: 0, max: V - 1 });
const tokens = (length: number) => fc.array(token, { minLength: length, maxLength: length });

const ones = (rows: readonly (readonly number[])[]): Value => ids(rows.map((row) => row.map(() => 1)));

/** A model's forward pass in float64: vectors or logits of the first sentence. */
function forwardOf(setup: Parameters<typeof parameterFeeds>[0]): (feeds: Record<string, Value>) => Float64Array {
  const output = traceForward(new Trace(), setup as RoleModel);
  const parameters = parameterFeeds(setup);
  return (feeds) => interpret([output], { ...parameters, ...feeds })[0].data;
}

/** Adding exact zeros may change the order of a sum, so the last bits. */
const expectEqual = (actual: Float64Array, expected: Float64Array): void => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((x, i) => expect(Math.abs(x - expected[i])).toBeLessThan(1e-11));
};

const apart = (a: Float64Array, b: Float64Array): number => Math.max(...a.map((x, i) => Math.abs(x - b[i])));

describe.each(schemeNames)('%s positions', (scheme) => {
  test('a language model is causal: another token leaves what stands before it and moves the rest', () => {
    const logits = forwardOf(tinyLm(scheme));
    fc.assert(
      fc.property(tokens(5), fc.integer({ min: 0, max: 4 }), token, (text, at, other) => {
        fc.pre(text[at] !== other);
        const [before, after] = [text, text.with(at, other)].map((row) => logits({ input_ids: ids([row]) }));
        expect(after.slice(0, at * V)).toEqual(before.slice(0, at * V));
        expect(apart(after.slice(at * V, (at + 1) * V), before.slice(at * V, (at + 1) * V))).toBeGreaterThan(1e-6);
      }),
      runs,
    );
  });

  test('an encoder does not see padding', () => {
    const vectors = forwardOf(tinyEncoder(scheme));
    fc.assert(
      fc.property(tokens(3), tokens(2), (text, filler) => {
        const alone = vectors({ input_ids: ids([text]), attention_mask: ones([text]) });
        const padded = vectors({ input_ids: ids([[...text, ...filler]]), attention_mask: ids([[1, 1, 1, 0, 0]]) });
        expectEqual(padded.slice(0, 3 * D), alone);
      }),
      runs,
    );
  });

  test('an encoder–decoder does not see padding of its source', () => {
    const logits = forwardOf(tinySeq2Seq(scheme));
    fc.assert(
      fc.property(tokens(3), tokens(2), tokens(3), (source, filler, target) => {
        const decoder_input_ids = ids([target]);
        const alone = logits({ input_ids: ids([source]), attention_mask: ones([source]), decoder_input_ids });
        const attention_mask = ids([[1, 1, 1, 0, 0]]);
        const padded = logits({ input_ids: ids([[...source, ...filler]]), attention_mask, decoder_input_ids });
        expectEqual(padded, alone);
      }),
      runs,
    );
  });

  test('an encoder distinguishes orders, but not without positions', () => {
    const vectors = forwardOf(tinyEncoder(scheme));
    const run = (row: readonly number[]) => {
      const found = vectors({ input_ids: ids([row]), attention_mask: ones([row]) });
      return row.map((_, t) => found.slice(t * D, (t + 1) * D));
    };
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (order) => {
        const sentence = [7, 1, 8, 3, 5];
        const [plain, moved] = [run(sentence), run(order.map((t) => sentence[t]))];
        const most = Math.max(...order.map((t, i) => apart(moved[i], plain[t])));
        if (scheme === 'none') expect(most).toBeLessThan(1e-11);
        else if (order.some((t, i) => t !== i)) expect(most).toBeGreaterThan(1e-4);
      }),
      runs,
    );
  });

  test('the loss’s gradient is its derivative', () => {
    const setup = tinySeq2Seq(scheme, { hidden_act: 'swiglu', norm_type: 'rms_norm', head_value_size: 3 });
    const trace = new Trace();
    const logits: Tensor = traceForward(trace, setup);
    const rows = sizeOf(logits.shape.slice(0, 2));
    const flat = reshape(logits, { shape: [rows, V] });
    const loss = crossEntropyLoss(flat, input('labels', [rows], 'int32'), { labelSmoothing: 0.1 });
    const feeds = {
      ...parameterFeeds(setup),
      input_ids: ids([[1, 2, 3]]),
      attention_mask: ids([[1, 1, 1]]),
      decoder_input_ids: ids([[9, 4, 5, 6]]),
      seed: value([], [1]),
      labels: { ...ids([[4, 5, 6, 0]]), shape: [4] },
    };
    const trained = new Map([...trace.parameters].map(([name, { tensor }]) => [name, tensor]));
    const { byGradient, byDifference } = alongDirection([loss], [input('seed', [])], trained, feeds, scheme);
    expect(Math.abs(byGradient)).toBeGreaterThan(1e-4);
    expect(Math.abs(byGradient - byDifference)).toBeLessThan(1e-8);
  });
});
