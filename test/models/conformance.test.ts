/** One suite over every class of every family. */
import { describe, expect, test } from 'vitest';
import { input, interpret, type Value, value } from '../../src/graph/index.ts';
import type { StateTensor } from '../../src/models/body/decoder.ts';
import { typesIn } from '../../src/models/families/families.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { forwardGraph } from '../../src/models/forward.ts';
import { Trace } from '../../src/nn/index.ts';
import { linear } from '../../src/ops/index.ts';
import type { Tensor as StoredTensor } from '../../src/weights/tensor.ts';
import { drawFloats } from '../ops/draw.ts';
import { fed, forms, inputsOf, mainOutput, sizes, weightsOf } from './conformance.ts';
import { emptySlots, writesTo } from './slot-state.ts';

type Feeds = Record<string, Value>;

const run = (setup: ModelSetup, inputs: ReadonlyMap<string, StoredTensor>): Value => {
  const graph = forwardGraph(setup, { given: new Set(inputs.keys()) });
  const [found] = interpret([mainOutput(graph)], fed(setup, inputs));
  return found as Value;
};

/** The largest difference of two lists. */
const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - Number(b[i]))), 0);
};

/** The input that the model reads from left to right; undefined if it reads everything at once. */
const written = ({ role, config }: ModelSetup): string | undefined => {
  if (role === 'sequence-to-sequence') return 'decoder_input_ids';
  if (role === 'sequence-classification') return undefined;
  return typesIn('causal').includes(config.model_type) ? 'input_ids' : undefined;
};

/** With another number at a place of an input, counted from the end of its first row. */
function changedAt(inputs: ReadonlyMap<string, StoredTensor>, name: string, back: number): Map<string, StoredTensor> {
  const tensor = inputs.get(name);
  if (!tensor) throw new Error(`expected ${name}`);
  const data = Int32Array.from(tensor.data, Number);
  const at = Number(tensor.shape[1]) - back;
  data[at] = data[at] === 4 ? 5 : 4;
  return new Map([...inputs, [name, { ...tensor, data }]]);
}

/** The sizes of a batch of one text. */
const single = { ...sizes, batch: 1 };

/** The same text with padding after it. */
function padded(setup: ModelSetup, inputs: ReadonlyMap<string, StoredTensor>, more: number): Map<string, StoredTensor> {
  const ids = inputs.get('input_ids');
  if (!ids) throw new Error('expected input_ids');
  const length = Number(ids.shape[1]);
  const fill = (data: ArrayLike<number>, filler: number): StoredTensor => ({
    dtype: 'I32',
    shape: [1, length + more],
    data: Int32Array.from([...Array.from(data), ...Array(more).fill(filler)]),
  });
  return new Map([
    ...inputs,
    ['input_ids', fill(Array.from(ids.data, Number), setup.tokens?.padTokenId ?? 0)],
    ['attention_mask', fill(Array(length).fill(1), 0)],
  ]);
}

describe.each(forms)('$name', ({ setup }) => {
  const readsText = setup.model.inputs.some(({ name }) => name === 'input_ids');

  const parameters = modelParameters(setup);
  const { pad_token_id: padding } = setup.config as { readonly pad_token_id?: number | null };

  /** A direction of a parameter. As in PyTorch, looking up the row of padding gives it no gradient. */
  const directionOf = (name: string): Float32Array => {
    const { shape = [] } = parameters.get(name) ?? {};
    const numbers = drawFloats(
      `direction ${name}`,
      shape.reduce((n, size) => n * size, 1),
    );
    const [rows = 0, width = 0] = shape;
    const isTable = shape.length === 2 && typeof padding === 'number' && rows > Math.max(padding, 9);
    if (isTable) numbers.fill(0, padding * width, (padding + 1) * width);
    return numbers;
  };

  test.runIf(setup.model.terms.length > 0)('has the gradients that its loss has along a random direction', () => {
    const { loss, ...graph } = forwardGraph(setup, { hasLabels: true, gradients: true });
    const inputs = inputsOf(setup, { labels: true, own: sizes });
    const weights = weightsOf(setup);
    const feeds = fed(setup, inputs, weights);
    const trained = Object.keys(graph).filter((name) => name.startsWith('grad/'));
    const gradients = interpret(
      trained.map((name) => graph[name] as NonNullable<(typeof graph)[string]>),
      feeds,
    );
    const directions = new Map(
      trained.map((name) => {
        const own = name.slice('grad/'.length);
        return [own, directionOf(own)];
      }),
    );
    const slope = trained.reduce((sum, name, i) => {
      const along = directions.get(name.slice('grad/'.length)) ?? [];
      return sum + Array.from(gradients[i]?.data ?? []).reduce((total, g, k) => total + g * Number(along[k]), 0);
    }, 0);
    const at = (step: number): number => {
      const moved = new Map(
        [...weights].map(([name, { shape, data }]) => {
          const along = directions.get(name);
          return [
            name,
            value(
              shape,
              Array.from(data, (x, k) => x + step * Number(along?.[k] ?? 0)),
            ),
          ];
        }),
      );
      return Number(interpret([loss as NonNullable<typeof loss>], fed(setup, inputs, moved))[0]?.data[0]);
    };
    const step = 1e-5;
    const found = (at(step) - at(-step)) / (2 * step);
    expect(Math.abs(slope)).toBeGreaterThan(1e-6);
    expect(Math.abs(found - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
  });

  const name = written(setup);
  test.runIf(readsText)(name ? 'does not see what comes later' : 'sees the whole text', () => {
    const inputs = inputsOf(setup, { own: single });
    // The last token of a whole text may be the end token that a classifier looks for.
    const changed = name ? changedAt(inputs, name, 1) : changedAt(inputs, 'input_ids', 2);
    const [before, after] = [inputs, changed].map((given) => run(setup, given));
    const length = Number(before?.shape[1]);
    const row = Number(before?.data.length) / length;
    if (name) {
      expect(after?.data.slice(0, (length - 1) * row)).toEqual(before?.data.slice(0, (length - 1) * row));
      expect(after?.data.slice(-row)).not.toEqual(before?.data.slice(-row));
    } else {
      expect(difference(after?.data.slice(0, row) ?? [], before?.data.slice(0, row) ?? [])).toBeGreaterThan(1e-9);
    }
  });

  test.runIf(readsText)('gives a text the same results beside a longer one', () => {
    const text = inputsOf(setup, { own: single });
    const [alone, beside] = [text, padded(setup, text, 2)].map((given) => run(setup, given));
    const length = Number(text.get('input_ids')?.shape[1]);
    const isByToken = Number(beside?.shape[1]) === length + 2 && Number(alone?.shape[1]) === length;
    const row = Number(alone?.data.length) / (isByToken ? length : 1);
    const kept = isByToken ? length * row : row;
    expect(difference(beside?.data.slice(0, kept) ?? [], alone?.data.slice(0, kept) ?? [])).toBeLessThan(1e-11);
  });

  test.runIf(setup.role === 'causal' || setup.role === 'sequence-to-sequence')(
    'writes token after token what it computes at once',
    () => {
      if (setup.role !== 'causal' && setup.role !== 'sequence-to-sequence') throw new Error(setup.role);
      const inputs = inputsOf(setup, { own: single });
      const whole = run(setup, inputs);
      const tokens = Array.from((inputs.get(name ?? '')?.data ?? []) as Int32Array, Number);
      const trace = new Trace();
      const feeds: Feeds = { ...fed(setup, inputs), prompt: value([1, 1], [tokens[0] ?? 0], 'int32') };
      let state: Record<string, StateTensor> =
        setup.role === 'causal'
          ? { ...setup.model.start(trace.root, input('prompt', [1, 1], 'int32')) }
          : {
              ...setup.model.start(trace.root, {
                input_ids: input('input_ids', [1, sizes.source], 'int32'),
                attention_mask: input('attention_mask', [1, sizes.source], 'int32'),
              }),
            };
      const count = tokens.length;
      Object.assign(state, emptySlots(setup.model, 1, count));
      const outputs = tokens.map((token, t) => {
        const step = setup.model.step(trace.root, state, {
          tokens: input(`tokens.${t}`, [1, 1], 'int32'),
          position: input(`position.${t}`, [1, 1], 'int32'),
          visible: input(`visible.${t}`, [1, 1, 1, count]),
          slotPositions: input(`slots.${t}`, [1, count], 'int32'),
          slotRows: writesTo([[t]], count),
        });
        state = { ...step.state };
        feeds[`tokens.${t}`] = value([1, 1], [token], 'int32');
        feeds[`position.${t}`] = value([1, 1], [t], 'int32');
        const places = Array.from({ length: count }, (_, slot) => slot);
        const isSeen = places.map((slot) => Number(slot <= t));
        feeds[`visible.${t}`] = value([1, 1, 1, count], isSeen);
        feeds[`slots.${t}`] = value(
          [1, count],
          places.map((slot) => slot * (isSeen[slot] ?? 0)),
          'int32',
        );
        const { weight, bias } = setup.model.head(trace.root);
        return linear(step.hidden, weight, bias);
      });
      const found = interpret(outputs, feeds).flatMap(({ data }) => Array.from(data));
      expect(tokens.length).toBeGreaterThan(2);
      expect(difference(found, whole.data)).toBeLessThan(1e-10);
    },
  );
});
