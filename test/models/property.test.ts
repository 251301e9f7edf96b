import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { input, interpret, type Tensor, type Value, value } from '../../src/graph/index.ts';
import type { StateTensor } from '../../src/models/body/decoder.ts';
import { noMask, Trace, transformerBlock } from '../../src/nn/index.ts';
import { linear } from '../../src/ops/index.ts';
import { drawFloats } from '../ops/draw.ts';
import { emptySlots, writesTo } from './slot-state.ts';
import { ids, parameterFeeds, tinySetup } from './tiny-marian.ts';
import { traceForward } from './trace-forward.ts';

const setup = tinySetup();
const parameters = parameterFeeds(setup);
const [V, pad] = [11, 10];
const trace = new Trace();
const logits = traceForward(trace, setup);
const attentions = [...trace.taps].filter(([name]) => name.includes('attentions'));

interface Sentences {
  readonly source: readonly (readonly number[])[];
  readonly mask?: readonly (readonly number[])[];
  readonly target: readonly (readonly number[])[];
}

const feedsOf = ({ source, mask = source.map((row) => row.map(() => 1)), target }: Sentences) => ({
  ...parameters,
  input_ids: ids(source),
  attention_mask: ids(mask),
  decoder_input_ids: ids(target),
});

/** Logits in float64, one array [T·V] a sentence. */
function logitsOf(sentences: Sentences): Float64Array[] {
  const [{ data }] = interpret([logits], feedsOf(sentences));
  const size = data.length / sentences.source.length;
  return sentences.source.map((_, i) => data.slice(i * size, (i + 1) * size));
}

const token = fc.integer({ min: 0, max: V - 1 });
const tokens = (length: number) => fc.array(token, { minLength: length, maxLength: length });
const runs = { numRuns: 12, seed: 7 };

/** Adding exact zeros may change the order of a sum, so the last bit. */
const equalTo = (actual: Float64Array, expected: Float64Array): void => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((x, i) => expect(Math.abs(x - expected[i])).toBeLessThan(1e-12));
};

describe('the whole model in float64', () => {
  test('is causal: another target token leaves every logit before it as it was, and moves its own', () => {
    fc.assert(
      fc.property(tokens(4), tokens(5), fc.integer({ min: 0, max: 4 }), token, (source, target, at, other) => {
        fc.pre(target[at] !== other);
        const [before] = logitsOf({ source: [source], target: [target] });
        const [after] = logitsOf({ source: [source], target: [target.with(at, other)] });
        expect(after.slice(0, at * V)).toEqual(before.slice(0, at * V));
        expect(after.slice(at * V, (at + 1) * V)).not.toEqual(before.slice(at * V, (at + 1) * V));
      }),
      runs,
    );
  });

  test('does not see padding of the source, whatever stands there', () => {
    fc.assert(
      fc.property(tokens(3), tokens(2), tokens(4), (source, filler, target) => {
        const [alone] = logitsOf({ source: [source], target: [target] });
        const [padded] = logitsOf({ source: [[...source, ...filler]], mask: [[1, 1, 1, 0, 0]], target: [target] });
        equalTo(padded, alone);
      }),
      runs,
    );
  });

  test('sees the order of the source', () => {
    const target = [[pad, 3, 4]];
    const [forwards] = logitsOf({ source: [[1, 2, 3]], target });
    const [backwards] = logitsOf({ source: [[3, 2, 1]], target });
    expect(Math.max(...forwards.map((x, i) => Math.abs(x - backwards[i])))).toBeGreaterThan(1e-3);
  });

  test('keeps the sentences of a batch apart', () => {
    fc.assert(
      fc.property(tokens(3), tokens(3), tokens(4), tokens(4), (source, otherSource, target, otherTarget) => {
        const [alone] = logitsOf({ source: [source], target: [target] });
        const [, second] = logitsOf({ source: [otherSource, source], target: [otherTarget, target] });
        expect(second).toEqual(alone);
      }),
      runs,
    );
  });

  test('attends with weights that sum to 1 and are 0 where attention is forbidden', () => {
    fc.assert(
      fc.property(tokens(4), tokens(3), fc.integer({ min: 1, max: 4 }), (source, target, length) => {
        const mask = [source.map((_, s) => Number(s < length))];
        const found = interpret(
          attentions.map(([, tensor]) => tensor),
          feedsOf({ source: [source], mask, target: [target] }),
        );
        found.forEach(({ shape: [, , , keys], data }, i) => {
          for (let row = 0; row < data.length / keys; row++) {
            const weights = data.slice(row * keys, (row + 1) * keys);
            expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
            const visible = attentions[i][0].startsWith('decoder') ? (row % target.length) + 1 : length;
            weights.forEach((w, s) => (s < visible ? expect(w).toBeGreaterThan(0) : expect(w).toBe(0)));
          }
        });
      }),
      runs,
    );
  });

  test('stays finite on a source of which nothing may be seen, whose attention is 0', () => {
    const feeds = feedsOf({ source: [[1, 2]], mask: [[0, 0]], target: [[pad, 3]] });
    const cross = trace.taps.get('cross_attentions.0');
    if (!cross) throw new Error('expected a decoder with cross-attention');
    const [scores, weights] = interpret([logits, cross], feeds);
    expect(scores.data.every(Number.isFinite)).toBe(true);
    expect([...weights.data].every((w) => w === 0)).toBe(true);
  });
});

test('an encoder block without positions is permutation-equivariant', () => {
  const [time, width] = [5, 6];
  const trace = new Trace();
  const x = input('x', [1, time, width]);
  const config = {
    attention: { width, heads: 3 },
    feedForward: { width, innerWidth: 4, activation: 'gelu' },
    normPlace: 'pre',
    dropout: 0,
  } as const;
  const { output } = transformerBlock(trace.root, config, x, noMask());
  const shapes = [...trace.parameters].map(([name, { shape }]) => [name, shape] as const);
  const numbers = Object.fromEntries(
    shapes.map(([name, shape]) => [
      name,
      value(
        shape,
        drawFloats(
          name,
          shape.reduce((n, size) => n * size, 1),
        ),
      ),
    ]),
  );
  const rowsOf = ({ data }: Value) =>
    Array.from({ length: time }, (_, t) => [...data.subarray(t * width, (t + 1) * width)]);
  const run = (rows: readonly number[][]) =>
    rowsOf(interpret([output], { ...numbers, x: value([1, time, width], rows.flat()) })[0]);
  const rows = rowsOf(value([1, time, width], drawFloats('x', time * width)));
  const plain = run(rows);
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: time }), (order) => {
      const moved = run(order.map((t) => rows[t]));
      order.forEach((t, i) => moved[i].forEach((y, d) => expect(Math.abs(y - plain[t][d])).toBeLessThan(1e-12)));
    }),
    runs,
  );
});

describe('step by step with what was computed before', () => {
  /** The output layer's scores of what a step gives. */
  const scoresOf = (root: Trace['root'], hidden: Tensor): Tensor => {
    const { weight, bias } = setup.model.head(root);
    return linear(hidden, weight, bias);
  };

  test('two beams of two sentences get the logits of the whole forward pass', () => {
    const source = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const mask = [
      [1, 1, 1],
      [1, 1, 0],
    ];
    const targets = [
      [
        [pad, 1, 2],
        [pad, 3, 9],
      ],
      [
        [pad, 7, 7],
        [pad, 0, 8],
      ],
    ];
    const [beams, sentences, slots] = [2, 2, 6];
    const trace = new Trace();
    const sourceInput = (name: string) => input(name, [sentences, 3], 'int32');
    let state: Record<string, StateTensor> = {
      ...setup.model.start(trace.root, {
        input_ids: sourceInput('input_ids'),
        attention_mask: sourceInput('attention_mask'),
      }),
      ...emptySlots(setup.model, sentences, slots),
    };
    const outputs: Tensor[] = [];
    const feeds: Record<string, Value> = { ...parameters, input_ids: ids(source), attention_mask: ids(mask) };
    for (let t = 0; t < 3; t++) {
      const step = setup.model.step(trace.root, state, {
        tokens: input(`tokens.${t}`, [sentences, beams], 'int32'),
        position: input(`position.${t}`, [sentences, 1], 'int32'),
        visible: input(`visible.${t}`, [sentences, 1, beams, slots]),
        slotPositions: input(`slot_positions.${t}`, [sentences, slots], 'int32'),
        slotRows: writesTo(
          targets.map((rows) => rows.map((_, beam) => t * beams + beam)),
          slots,
        ),
      });
      state = { ...step.state };
      outputs.push(scoresOf(trace.root, step.hidden));
      feeds[`tokens.${t}`] = ids(targets.map((rows) => rows.map((row) => row[t])));
      feeds[`position.${t}`] = value([sentences, 1], Array(sentences).fill(t), 'int32');
      const own = Array.from({ length: slots }, (_, slot) => (slot < (t + 1) * beams ? slot % beams : beams));
      const visible = targets.flatMap(() => [0, 1].flatMap((beam) => own.map((slot) => Number(slot === beam))));
      feeds[`visible.${t}`] = value([sentences, 1, beams, slots], visible);
    }
    const steps = interpret(outputs, feeds);
    for (let beam = 0; beam < beams; beam++) {
      const whole = logitsOf({ source, mask, target: targets.map((rows) => rows[beam]) });
      steps.forEach(({ data }, t) => {
        for (let i = 0; i < sentences; i++) {
          const at = (i * beams + beam) * V;
          equalTo(data.slice(at, at + V), whole[i].slice(t * V, (t + 1) * V));
        }
      });
    }
  });
});
