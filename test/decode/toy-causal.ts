/** Causal language models small enough to enumerate, one recurrent, one with attention, and the same in JavaScript. */
import { add, broadcastTo, constantTensor, type Dim, input, mul, reshape, type Tensor } from '../../src/graph/index.ts';
import type { CausalModel } from '../../src/models/causal.ts';
import type { StateTensor, StepInput } from '../../src/models/sequence-to-sequence.ts';
import { causalMask, embed, normal, type Scope, zeros } from '../../src/nn/index.ts';
import { biasedAttention, cast, concat, linear, range, slice, sub, tanh } from '../../src/ops/index.ts';

export const toyVocabulary = 4;
const V = toyVocabulary;
const width = 3;
const positions = 12;

const table = (root: Scope, name: string, rows: number, columns = width) =>
  root.parameter(name, [rows, columns], normal(0, 1));
const head = (root: Scope) => ({ weight: table(root, 'out', V), bias: root.parameter('bias', [V], zeros) });

const logSoftmax = (logits: readonly number[]): number[] => {
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
  return logits.map((x) => x - total);
};
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, x, i) => total + x * b[i], 0);

/** A model, random weights for it, and log p of every next token behind `tokens`. */
export interface ToyCausal {
  readonly name: string;
  readonly model: CausalModel;
  weights(random: () => number): ReadonlyMap<string, Float32Array>;
  logProbabilities(weights: ReadonlyMap<string, Float32Array>, tokens: readonly number[]): number[];
}

const drawn =
  (sizes: Readonly<Record<string, number>>, scale: number) =>
  (random: () => number): ReadonlyMap<string, Float32Array> =>
    new Map(
      Object.entries(sizes).map(([name, size]) => [
        name,
        Float32Array.from({ length: size }, () => scale * (2 * random() - 1)),
      ]),
    );

type Weights = ReadonlyMap<string, Float32Array>;
const rowOf = (weights: Weights, name: string, at: number) =>
  Array.from({ length: width }, (_, i) => weights.get(name)![at * width + i]);
const apply = (weights: Weights, name: string, x: readonly number[]) =>
  x.map((_, i) => dot(rowOf(weights, name, i), x));
const scoresOf = (weights: Weights, h: readonly number[]) =>
  logSoftmax(Array.from({ length: V }, (_, id) => dot(rowOf(weights, 'out', id), h) + weights.get('bias')![id]));

/** h₀ = initial; h = tanh(U·h + embedded token); logits = W·h. */
function recurrentStep(root: Scope, h: Tensor, tokens: Tensor): Tensor {
  return tanh(add(linear(h, table(root, 'recurrent', width)), embed(table(root, 'embedding', V), tokens)));
}

function recurrentStart(root: Scope, tokens: Tensor): Tensor {
  const rows = mul(cast(slice(tokens, { axis: 1, start: 0, end: 1 }), { dtype: 'float' }), 0);
  const initial = reshape(table(root, 'initial', 1), { shape: [1, 1, width] });
  return add(reshape(rows, { shape: [tokens.shape[0], 1, 1] }), initial);
}

export const toyRecurrent: ToyCausal = {
  name: 'recurrent',
  model: {
    vocabulary: V,
    slots: {},
    head,
    hidden: () => input('unused', [1]),
    start: (root, tokens) => ({ h: { tensor: recurrentStart(root, tokens), kind: 'rows' } }),
    step(root, { h }, { tokens }) {
      const next = recurrentStep(root, h.tensor, tokens);
      return { hidden: next, state: { h: { tensor: next, kind: 'rows' } } };
    },
  },
  weights: drawn({ embedding: V * width, recurrent: width ** 2, initial: width, out: V * width, bias: V }, 1.5),
  logProbabilities(weights, tokens) {
    let h = rowOf(weights, 'initial', 0);
    for (const token of tokens) {
      const embedded = rowOf(weights, 'embedding', token);
      h = apply(weights, 'recurrent', h).map((x, i) => Math.tanh(x + embedded[i]));
    }
    return scoresOf(weights, h);
  },
};

const headShape = (x: Tensor) => reshape(x, { shape: [x.shape[0], 1, x.shape[1], width] });
const parts = ['key', 'value'] as const;

const slope = 0.3;
const float = (x: Tensor, shape: readonly Dim[]) => cast(reshape(x, { shape }), { dtype: 'float' });

/** What nearer keys gain: slope·(key's position − query's). `keys`: [B|1, S], `queries`: [T|1] → [B|1, 1, T|1, S]. */
const nearness = (keys: Tensor, queries: Tensor): Tensor =>
  mul(sub(float(keys, [keys.shape[0], 1, 1, keys.shape[1]]), float(queries, [1, 1, queries.shape[0], 1])), slope);

/** One head of attention over tokens and positions: h = x + Σ softmax(q·k/√width + nearness)·v; logits = W·h. */
function attend(
  root: Scope,
  x: Tensor,
  mask: Tensor,
  bias: Tensor,
  withPast: (part: (typeof parts)[number], own: Tensor) => Tensor,
): Tensor {
  const project = (name: string) => headShape(linear(x, table(root, `${name}_projection`, width)));
  const [key, value] = parts.map((part) => withPast(part, project(part)));
  const [context] = biasedAttention.all(project('query'), key, value, mask, bias, {});
  return add(x, reshape(context, { shape: x.shape }));
}

const embedded = (root: Scope, tokens: Tensor, at: Tensor) =>
  add(embed(table(root, 'embedding', V), tokens), embed(table(root, 'positions', positions), at));

export const toyAttention: ToyCausal = {
  name: 'attention',
  model: {
    vocabulary: V,
    maxPositions: positions,
    slots: { key: [1, width], value: [1, width] },
    head,
    hidden(root, { input_ids }) {
      const time = input_ids.shape[1];
      const rows = slice(table(root, 'positions', positions), { axis: 0, start: 0, end: time });
      const x = add(embed(table(root, 'embedding', V), input_ids), rows);
      const at = range({ size: time });
      const bias = nearness(reshape(at, { shape: [1, time] }), at);
      return attend(root, x, causalMask(time), bias, (_, own) => own);
    },
    start: () => ({}),
    step(root, state, { tokens, position, visible, slotPositions }: StepInput) {
      const next: Record<string, StateTensor> = {};
      const bias = nearness(slotPositions, position);
      const hidden = attend(root, embedded(root, tokens, position), visible, bias, (part, own) => {
        const tensor = concat(state[part].tensor, own, { axis: 2 });
        next[part] = { tensor, kind: 'slots' };
        return tensor;
      });
      return { hidden, state: next };
    },
  },
  weights: drawn(
    {
      embedding: V * width,
      positions: positions * width,
      query_projection: width ** 2,
      key_projection: width ** 2,
      value_projection: width ** 2,
      out: V * width,
      bias: V,
    },
    1.2,
  ),
  logProbabilities(weights, tokens) {
    const x = tokens.map((token, at) => {
      const moved = rowOf(weights, 'positions', at);
      return rowOf(weights, 'embedding', token).map((e, i) => e + moved[i]);
    });
    const last = x[x.length - 1];
    const query = apply(weights, 'query_projection', last);
    const scores = x.map(
      (each, s) => dot(query, apply(weights, 'key_projection', each)) / Math.sqrt(width) + slope * (s - x.length + 1),
    );
    const seen = logSoftmax(scores).map(Math.exp);
    const h = last.map(
      (e, i) => e + x.reduce((sum, each, s) => sum + seen[s] * apply(weights, 'value_projection', each)[i], 0),
    );
    return scoresOf(weights, h);
  },
};

export const toyCausals: readonly ToyCausal[] = [toyRecurrent, toyAttention];

/** The same next token whatever stands before: log p of each token are `scores`. For the statistics of draws. */
export const toyUnigram = (size: number): CausalModel => ({
  vocabulary: size,
  slots: {},
  head: (root) => ({
    weight: root.parameter('out', [size, 1], normal(0, 1)),
    bias: root.parameter('bias', [size], zeros),
  }),
  hidden: (_, { input_ids }) => broadcastTo(constantTensor(0), { shape: [...input_ids.shape, 1] }),
  start: () => ({}),
  step: (_root, state, { tokens }) => ({
    hidden: mul(cast(reshape(tokens, { shape: [...tokens.shape, 1] }), { dtype: 'float' }), 0),
    state,
  }),
});
