import { constantTensor, input, type Tensor } from '../../../graph/index.ts';
import { crossEntropyLoss, type Scope } from '../../../nn/index.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import { ignoredLabel, someLabel } from '../../inputs/checked-inputs.ts';
import type { InputSpec } from '../../inputs/input-spec.ts';
import { type LossOptions, type Pass, scaled, type Term } from './term.ts';

/** One label for each text, int32 [batch]: 0 … below − 1, or −100 for a text that the loss ignores. */
export const classLabels = (name: string, below: number): InputSpec => ({
  name,
  dtype: 'int32',
  shape: ['batch'],
  range: { what: 'labels', below },
  isLabel: true,
  check: someLabel(name),
  absent: 'refused',
});

/** How many labels the loss does not ignore. */
export const countLabels = ({ data }: HostTensor): number =>
  (data as Int32Array).filter((label) => label !== ignoredLabel).length;

/** Cross entropy of `logits` [B, N] and the labels `name`, summed over the texts that count. */
export const classLossSum = (name: string, logits: Tensor, { labelSmoothing, classWeights }: LossOptions): Tensor =>
  crossEntropyLoss(logits, input(name, ['batch'], 'int32'), {
    reduction: 'sum',
    labelSmoothing,
    weight: classWeights && constantTensor([...classWeights], [classWeights.length]),
  });

/** The cross entropy of one label for each text, [B, N] its scores. */
export const classTerm = (name: string, logits: (root: Scope, pass: Pass) => Tensor): Term => ({
  name,
  feeds: ({ [name]: labels }) => ({ feeds: { [name]: labels }, count: countLabels(labels) }),
  sum: (root, pass, options) => scaled(name, classLossSum(name, logits(root, pass), options)),
});
