/** What every family must be, checked over a small configuration of each of its classes in float64. */
import { type Tensor, type Value, value } from '../../src/graph/index.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { familyOf, modelTypes } from '../../src/models/families/families.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { forwardInputs } from '../../src/models/forward.ts';
import type { InputSpec } from '../../src/models/inputs/input-spec.ts';
import { forLength, hasOneForm } from '../../src/models/text-length.ts';
import type { Tensor as StoredTensor } from '../../src/weights/tensor.ts';
import { configs } from '../fuzz/model-seed.ts';
import { draw, drawFloats } from '../ops/draw.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Every class of every family, over the first configuration of it. */
export const classes = modelTypes.flatMap((type) => {
  const found = configs.find(({ model_type: one }) => one === type);
  if (!found) throw new Error(`expected a configuration of ${type}`);
  const { num_labels: _, id2label: __, label2id: ___, ...plain } = found;
  const heads = familyOf(type)?.heads ?? [];
  return heads.map(({ architecture }) => ({
    architecture,
    fields: { ...plain, architectures: [architecture] } as Fields,
  }));
});

export const setupOf = (fields: Fields): ModelSetup => checkConfig(fields, 'config.json');

/** Every class in each form in which it reads texts. */
export const forms = classes.flatMap(({ architecture, fields }) => {
  const setup = setupOf(fields);
  if (hasOneForm(setup)) return [{ name: architecture, setup }];
  return [
    { name: `${architecture}, short texts`, setup: forLength(setup, 1) },
    { name: `${architecture}, long texts`, setup: forLength(setup, Number.POSITIVE_INFINITY) },
  ];
});

/** Random weights that are neither small nor large. Norms are near 1. */
export function weightsOf(setup: ModelSetup): Map<string, Value> {
  return new Map(
    [...modelParameters(setup)].map(([name, { shape, part }]) => {
      const numbers = drawFloats(
        name,
        shape.reduce((n, size) => n * size, 1),
      );
      const centre = part === 'norm' ? 1 : 0;
      return [
        name,
        value(
          shape,
          numbers.map((x) => centre + x * 0.5),
        ),
      ];
    }),
  );
}

/** Sizes of the symbols in the shapes of inputs. */
export const sizes: Readonly<Record<string, number>> = { batch: 2, time: 4, source: 4, target: 3, letters: 3 };

const tensor = (dtype: 'I32' | 'F32', shape: readonly number[], data: Float32Array | Int32Array): StoredTensor => ({
  dtype,
  shape,
  data,
});

/** Tokens that mean nothing special, and the end token after them if the model has one. */
function tokens({ config }: ModelSetup, [rows = 1, columns = 1]: readonly number[], below: number): Int32Array {
  const next = draw('tokens');
  const special = new Set(Object.entries(config).flatMap(([name, id]) => (/_token_id$/.test(name) ? [id] : [])));
  const plain = Array.from({ length: below }, (_, id) => id).filter((id) => !special.has(id));
  const { eos_token_id: end } = config as { readonly eos_token_id?: unknown };
  return Int32Array.from({ length: rows * columns }, (_, i) => {
    const isLast = i % columns === columns - 1;
    if (isLast && typeof end === 'number') return end;
    return plain[Math.floor(next() * plain.length)] ?? 0;
  });
}

const sizeOf = (dim: unknown, own: Readonly<Record<string, number>>): number => {
  if (typeof dim === 'number') return dim;
  const [, factor = '1', symbol = ''] = /^(?:(\d+)\*)?(\w+)$/.exec(String(dim)) ?? [];
  return Number(factor) * (own[symbol] ?? 2);
};

/** A random input that an {@link InputSpec} allows. */
function drawn(spec: InputSpec, setup: ModelSetup, own: Readonly<Record<string, number>>): StoredTensor {
  const shape = spec.shape.map((dim) => sizeOf(dim, own));
  const count = shape.reduce((n, size) => n * size, 1);
  if (spec.dtype === 'float') return tensor('F32', shape, drawFloats(spec.name, count));
  const range = typeof spec.range === 'object' ? spec.range.below : sizes.target;
  if (/input_ids$/.test(spec.name)) return tensor('I32', shape, tokens(setup, shape, range ?? 2));
  const next = draw(spec.name);
  return tensor(
    'I32',
    shape,
    Int32Array.from({ length: count }, () => (spec.isMask ? 1 : Math.floor(next() * (range ?? 2)))),
  );
}

/** Random inputs of a model: those that must be given, and with `labels` those of its loss. */
export function inputsOf(
  setup: ModelSetup,
  { labels = false, own = sizes }: { readonly labels?: boolean; readonly own?: Readonly<Record<string, number>> } = {},
): Map<string, StoredTensor> {
  const { inputs, labelInputs } = setup.model;
  const isRead = (absent: InputSpec['absent']) => absent !== 'optional' && !labels;
  const needed = inputs.filter(
    ({ name, absent }) => absent === 'refused' || (name === 'decoder_input_ids' && isRead(absent)),
  );
  return new Map([...needed, ...(labels ? labelInputs : [])].map((spec) => [spec.name, drawn(spec, setup, own)]));
}

/** Inputs and weights as the interpreter takes them, for the model's form for its longest texts unless it is in one. */
export function fed(setup: ModelSetup, inputs: ReadonlyMap<string, StoredTensor>, weights = weightsOf(setup)) {
  const feeds = Object.entries(forwardInputs(inputs, forLength(setup, Number.POSITIVE_INFINITY))).map(
    ([name, { shape, data }]): [string, Value] => [
      name,
      value(shape, Array.from(data, Number), data instanceof Int32Array ? 'int32' : 'float'),
    ],
  );
  return { ...Object.fromEntries(weights), ...Object.fromEntries(feeds) };
}

/** The main output of a class. */
export function mainOutput(outputs: Readonly<Record<string, Tensor>>): Tensor {
  const names = ['logits', 'prediction_logits', 'start_logits', 'last_hidden_state'];
  const found = names.flatMap((name) => outputs[name] ?? [])[0];
  if (!found) throw new Error(`expected an output, got ${Object.keys(outputs).join(', ')}`);
  return found;
}
