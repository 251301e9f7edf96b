/**
 * A language model of two attention layers small enough to enumerate. Positions are both added to the tokens and, as a
 * bias for near keys, to the scores: x = token + position; twice x = x + Σ softmax(q·k/√width + nearness)·v; logits = W·x.
 */
import { add, type Dim, mul, reshape, type Tensor } from '../../src/graph/index.ts';
import { storedSlots } from '../../src/models/body/attention-cache.ts';
import type { StateTensor } from '../../src/models/body/decoder.ts';
import { causalMask, embed, type Scope } from '../../src/nn/index.ts';
import { biasedAttention, cast, linear, range, slice, sub } from '../../src/ops/index.ts';
import {
  apply,
  dot,
  drawn,
  head,
  logSoftmax,
  rowOf,
  scoresOf,
  type ToyCausal,
  table,
  toyVocabulary,
  type Weights,
  toyWidth as width,
} from './toy-parts.ts';

const positions = 12;
const layers = 2;
const slope = 0.3;

type Part = 'key' | 'value';

const float = (x: Tensor, shape: readonly Dim[]) => cast(reshape(x, { shape }), { dtype: 'float' });

/** What nearer keys gain: slope·(key's position − query's). `keys`: [B|1, S], `queries`: [B|1, T|1] → [B|1, 1, T|1, S]. */
const nearness = (keys: Tensor, queries: Tensor): Tensor =>
  mul(
    sub(float(keys, [keys.shape[0], 1, 1, keys.shape[1]]), float(queries, [queries.shape[0], 1, queries.shape[1], 1])),
    slope,
  );

/** All layers. `withPast` gives the keys or values that a layer reads, from its own: [B, 1, T, width]. */
function run(
  root: Scope,
  embedded: Tensor,
  mask: Tensor,
  bias: Tensor,
  withPast: (name: string, own: Tensor) => Tensor,
): Tensor {
  let x = embedded;
  for (let layer = 0; layer < layers; layer++) {
    const project = (part: Part | 'query') =>
      reshape(linear(x, table(root, `${part}.${layer}.weight`, width)), { shape: [x.shape[0], 1, x.shape[1], width] });
    const past = (part: Part) => withPast(`${part}.${layer}`, project(part));
    const [context] = biasedAttention.all(project('query'), past('key'), past('value'), mask, bias, {});
    x = add(x, reshape(context, { shape: x.shape }));
  }
  return x;
}

/** The same for one text: what the last token's output is. */
function lastOutput(weights: Weights, tokens: readonly number[]): number[] {
  let x = tokens.map((token, at) => {
    const moved = rowOf(weights, 'positions', at);
    return rowOf(weights, 'embedding', token).map((e, i) => e + moved[i]);
  });
  for (let layer = 0; layer < layers; layer++) {
    const [query, key, value] = ['query', 'key', 'value'].map((part) =>
      x.map((each) => apply(weights, `${part}.${layer}.weight`, each)),
    );
    x = x.map((each, t) => {
      const scores = key.slice(0, t + 1).map((k, s) => dot(query[t], k) / Math.sqrt(width) + slope * (s - t));
      const seen = logSoftmax(scores).map(Math.exp);
      return each.map((e, i) => e + seen.reduce((sum, p, s) => sum + p * value[s][i], 0));
    });
  }
  return x[x.length - 1];
}

const perLayer = <T>(names: (layer: number) => Record<string, T>): Record<string, T> =>
  Object.assign({}, ...Array.from({ length: layers }, (_, layer) => names(layer)));

export const toyAttention: ToyCausal = {
  name: 'attention',
  model: {
    vocabulary: toyVocabulary,
    maxPositions: positions,
    slots: perLayer((layer) => ({ [`key.${layer}`]: [1, width] as const, [`value.${layer}`]: [1, width] as const })),
    head,
    hidden(root, { input_ids }) {
      const time = input_ids.shape[1];
      const rows = slice(table(root, 'positions', positions), { axis: 0, start: 0, end: time });
      const from0 = reshape(range({ size: time }), { shape: [1, time] });
      const x = add(embed(table(root, 'embedding', toyVocabulary), input_ids), rows);
      return run(root, x, causalMask(time), nearness(from0, from0), (_, own) => own);
    },
    start: () => ({}),
    step(root, state, step) {
      const { tokens, position, visible, slotPositions } = step;
      const next: Record<string, StateTensor> = {};
      const at = embed(table(root, 'positions', positions), position);
      const x = add(embed(table(root, 'embedding', toyVocabulary), tokens), at);
      const hidden = run(root, x, visible, nearness(slotPositions, position), (name, own) => {
        const stored = storedSlots(state[name], own, step);
        next[name] = stored.state;
        return stored.seen;
      });
      return { hidden, state: next };
    },
  },
  weights: drawn(
    {
      embedding: toyVocabulary * width,
      positions: positions * width,
      ...perLayer((layer) =>
        Object.fromEntries(['query', 'key', 'value'].map((part) => [`${part}.${layer}.weight`, width ** 2])),
      ),
      out: toyVocabulary * width,
      bias: toyVocabulary,
    },
    1,
  ),
  logProbabilities: (weights, tokens) => scoresOf(weights, lastOutput(weights, tokens)),
};
