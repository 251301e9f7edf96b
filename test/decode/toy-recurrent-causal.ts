/** A recurrent language model small enough to enumerate: h₀ = initial; h = tanh(U·h + embedded token); logits = W·h. */
import { add, input, mul, reshape } from '../../src/graph/index.ts';
import { embed } from '../../src/nn/index.ts';
import { cast, linear, slice, tanh } from '../../src/ops/index.ts';
import {
  apply,
  drawn,
  head,
  rowOf,
  scoresOf,
  type ToyCausal,
  table,
  toyVocabulary,
  toyWidth,
  type Weights,
} from './toy-parts.ts';

/** The state after `tokens`. */
export function stateBehind(weights: Weights, tokens: readonly number[]): number[] {
  let h = rowOf(weights, 'initial', 0);
  for (const token of tokens) {
    const embedded = rowOf(weights, 'embedding', token);
    h = apply(weights, 'recurrent', h).map((x, i) => Math.tanh(x + embedded[i]));
  }
  return h;
}

export const toyRecurrent: ToyCausal = {
  name: 'recurrent',
  model: {
    vocabulary: toyVocabulary,
    slots: {},
    head,
    hidden: () => input('unused', [1]),
    start(root, tokens) {
      const rows = mul(cast(slice(tokens, { axis: 1, start: 0, end: 1 }), { dtype: 'float' }), 0);
      const initial = reshape(table(root, 'initial', 1), { shape: [1, 1, toyWidth] });
      const h = add(reshape(rows, { shape: [tokens.shape[0], 1, 1] }), initial);
      return { h: { tensor: h, kind: 'rows' } };
    },
    step(root, { h }, { tokens }) {
      const inner = linear(h.tensor, table(root, 'recurrent', toyWidth));
      const next = tanh(add(inner, embed(table(root, 'embedding', toyVocabulary), tokens)));
      return { hidden: next, state: { h: { tensor: next, kind: 'rows' } } };
    },
  },
  weights: drawn(
    {
      embedding: toyVocabulary * toyWidth,
      recurrent: toyWidth ** 2,
      initial: toyWidth,
      out: toyVocabulary * toyWidth,
      bias: toyVocabulary,
    },
    1.5,
  ),
  logProbabilities: (weights, tokens) => scoresOf(weights, stateBehind(weights, tokens)),
};
