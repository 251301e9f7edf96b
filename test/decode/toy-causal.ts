/** Causal language models small enough to enumerate. */
import { broadcastTo, constantTensor, mul, reshape } from '../../src/graph/index.ts';
import type { CausalModel } from '../../src/models/body/causal.ts';
import { normal, zeros } from '../../src/nn/index.ts';
import { cast } from '../../src/ops/index.ts';
import { toyAttention } from './toy-attention-causal.ts';
import type { ToyCausal } from './toy-parts.ts';
import { toyRecurrent } from './toy-recurrent-causal.ts';

export const toyCausals: readonly ToyCausal[] = [toyRecurrent, toyAttention];

/** The same next token whatever stands before: p = softmax(bias). For the statistics of draws. */
export const toyUnigram = (size: number): CausalModel => ({
  vocabulary: size,
  slots: {},
  head: (root) => ({
    weight: root.parameter('out', [size, 1], normal(0, 1)),
    bias: root.parameter('bias', [size], zeros),
  }),
  hidden: (_, { input_ids }) => broadcastTo(constantTensor(0), { shape: [...input_ids.shape, 1] }),
  start: () => ({}),
  step: (_, state, { tokens }) => ({
    hidden: mul(cast(reshape(tokens, { shape: [...tokens.shape, 1] }), { dtype: 'float' }), 0),
    state,
  }),
});
