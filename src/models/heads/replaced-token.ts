import { add, constantTensor, input, mul, reshape, sum, type Tensor } from '../../graph/index.ts';
import { activation, binaryCrossEntropyLoss, linear, normal, type Scope, zeros } from '../../nn/index.ts';
import { cast, less } from '../../ops/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import { ignoredLabel } from '../inputs/checked-inputs.ts';
import type { InputSpec } from '../inputs/input-spec.ts';
import { bodyPart } from './base.ts';
import type { HeadRow } from './head-row.ts';
import { countLabels } from './terms/class-term.ts';
import { type Pass, scaled, type Term } from './terms/term.ts';

interface Config {
  readonly hidden_act: string;
  readonly initializer_range: number;
}

/** Whether each token was replaced, int32 [batch, time]: 1 if it was, 0 if it is the text's own; −100 is ignored. */
const labelInput: InputSpec = {
  name: 'labels',
  dtype: 'int32',
  shape: ['batch', 'time'],
  range: { what: 'labels', below: 2 },
  isLabel: true,
  absent: 'refused',
};

/** Labels with −100 at padding. */
const ofText = ({ shape, data }: HostTensor, mask: HostTensor): HostTensor => ({
  type: 'int32',
  shape,
  data: (data as Int32Array).map((label, at) => (mask.data[at] === 1 ? label : ignoredLabel)),
});

/** The binary cross entropy of every token of the text. */
const replacedTerm = (logits: (root: Scope, pass: Pass) => Tensor): Term => ({
  name: 'labels',
  feeds({ labels, attention_mask: mask }) {
    const counted = ofText(labels, mask);
    return { feeds: { labels: counted }, count: countLabels(counted) };
  },
  sum(root, pass, { labelSmoothing = 0 }) {
    const labels = input('labels', ['batch', 'time'], 'int32');
    const target = cast(labels, { dtype: 'float' });
    const smoothed = labelSmoothing ? add(mul(target, 1 - labelSmoothing), labelSmoothing / 2) : target;
    const each = binaryCrossEntropyLoss(logits(root, pass), smoothed, { reduction: 'none' });
    const counts = cast(less(constantTensor(-1, [], 'int32'), labels), { dtype: 'float' });
    return scaled(this.name, sum(mul(each, counts), { axes: [0, 1] }));
  },
});

/**
 * A model that judges of every token whether a generator put it there: `discriminator_predictions`, two linear layers over
 * every vector. Its loss is the mean over the tokens that `attention_mask` shows.
 *
 * Source: Clark et al. 2020, section 3.1; transformers 5.24.0 modeling_electra.py, ElectraForPreTraining.
 */
export const replacedTokenHead = <C extends Config>(architecture: string): HeadRow<C, 'replaced-token-detection'> => ({
  architecture,
  role: 'replaced-token-detection',
  model(body, { hidden_act: name, initializer_range: deviation }) {
    const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros, part: 'head' } as const;
    const size = { inFeatures: body.width, outFeatures: body.width };
    const logits = (root: Scope, { body: { last_hidden_state: hidden } }: Pass): Tensor => {
      const at = root.at('discriminator_predictions');
      const inner = at.layer('dense', (to) => linear(to, { ...size, ...initial }, hidden));
      const outer = { ...size, ...initial, outFeatures: 1 };
      const scores = at.layer('dense_prediction', (to) => linear(to, outer, activation(name)(inner)));
      return reshape(scores, { shape: hidden.shape.slice(0, 2) });
    };
    return {
      ...bodyPart(body),
      labelInputs: [labelInput],
      logits,
      outputs: (root, pass) => ({ logits: logits(root, pass) }),
      terms: [replacedTerm(logits)],
    };
  },
});
