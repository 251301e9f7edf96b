/** A recurrent encoder–decoder small enough to enumerate, and the same in plain JavaScript. */
import { add, input, mul, reshape, sum, type Tensor } from '../../src/graph/index.ts';
import type { SequenceToSequenceModel } from '../../src/models/body/decoder.ts';
import { embed, normal, type Scope, zeros } from '../../src/nn/index.ts';
import { cast, linear, tanh } from '../../src/ops/index.ts';

export const toySizes = { source: 5, target: 4, width: 3 };
export const toyStart = 3;
const { source, target, width } = toySizes;

const table = (root: Scope, name: string, rows: number) => root.parameter(name, [rows, width], normal(0, 1));

/** h₀ = tanh(Σ embedded source); h = tanh(U·h + embedded token + Σ embedded source); logits = W·h. */
export const toyModel: SequenceToSequenceModel = {
  vocabulary: { source, target },
  slots: {},
  hidden: () => input('unused', [1]),
  head: (root) => ({ weight: table(root, 'out', target), bias: root.parameter('bias', [target], zeros) }),
  start(root, { input_ids, attention_mask }) {
    const weight = cast(reshape(attention_mask, { shape: [...attention_mask.shape, 1] }), { dtype: 'float' });
    const memory = sum(mul(embed(table(root, 'source', source), input_ids), weight), { axes: [1], keepDims: true });
    return { memory: { tensor: memory, kind: 'source' }, h: { tensor: tanh(memory), kind: 'rows' } };
  },
  step(root, state, { tokens }) {
    const { memory, h } = state;
    const inner = linear(h.tensor, root.parameter('recurrent', [width, width], normal(0, 1)));
    const sums: Tensor = add(add(inner, embed(table(root, 'target', target), tokens)), memory.tensor);
    const next = tanh(sums);
    return { hidden: next, state: { memory, h: { tensor: next, kind: 'rows' } } };
  },
};

export type ToyWeights = ReadonlyMap<string, Float32Array>;

export function toyWeights(random: () => number): ToyWeights {
  const sizes = { source: source * width, target: target * width, recurrent: width * width, out: target * width };
  const draw = (size: number) => Float32Array.from({ length: size }, () => 3 * random() - 1.5);
  return new Map([
    ...Object.entries(sizes).map(([name, size]): [string, Float32Array] => [name, draw(size)]),
    ['bias', draw(target)],
  ]);
}

const row = (weights: ToyWeights, name: string, at: number) =>
  Array.from({ length: width }, (_, i) => weights.get(name)![at * width + i]);
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, x, i) => total + x * b[i], 0);

/** log p of every next token after `tokens`, start token included. */
export function toyLogProbabilities(weights: ToyWeights, sourceIds: readonly number[], tokens: readonly number[]) {
  const memory = [0, 1, 2].map((i) => sourceIds.reduce((total, id) => total + row(weights, 'source', id)[i], 0));
  let h = memory.map(Math.tanh);
  for (const token of tokens) {
    const embedded = row(weights, 'target', token);
    h = h.map((_, i) => Math.tanh(dot(row(weights, 'recurrent', i), h) + embedded[i] + memory[i]));
  }
  const logits = Array.from({ length: target }, (_, id) => dot(row(weights, 'out', id), h) + weights.get('bias')![id]);
  const total = Math.log(logits.reduce((all, x) => all + Math.exp(x), 0));
  return logits.map((x) => x - total);
}
