import { input } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { smoothedTokenLoss } from '../../nn/index.ts';
import { checkLabels, checkSameShape, checkTokens, hostMatrix, type Matrix } from '../inputs/given-inputs.ts';
import type { ForwardRow } from './forward-row.ts';

/** A language model reads from left to right, so padding on the right does not affect the rest. */
function checkRightPadding({ columns, data }: Matrix): void {
  const at = data.findIndex((isText, i) => isText === 1 && i % columns > 0 && data[i - 1] === 0);
  if (at < 0) return;
  throw new InputError(
    `inputs attention_mask: expected padding on the right, got text after it, at [${Math.floor(at / columns)}, ${at % columns}]`,
  );
}

/** The first label of a row is not used: no token precedes it. */
function checkShifted(labels: Matrix, ids: Matrix, vocabulary: number): void {
  checkSameShape('labels', labels, 'input_ids', ids);
  checkLabels(labels, vocabulary, `token ids in 0 … ${vocabulary - 1} (vocab_size ${vocabulary})`, 1);
}

/**
 * A language model: `input_ids`, `attention_mask`, `labels` [batch, time]. The mask can mark padding on the right. The loss is the mean cross entropy of the labels other than −100, each predicted from the tokens before it, shifted as in Transformers.
 */
export const causalForward: ForwardRow<'causal'> = {
  names: () => ['input_ids', 'attention_mask', 'labels'],
  output: 'logits',
  feeds(given, { tokens: { vocabulary, maxTokens } }) {
    const ids = given.needed('input_ids');
    const labels = given.matrix('labels');
    checkTokens('input_ids', ids, vocabulary, maxTokens);
    checkRightPadding(given.mask('attention_mask', ids, 'input_ids'));
    if (labels) checkShifted(labels, ids, vocabulary);
    return { input_ids: hostMatrix(ids), ...(labels && { labels: hostMatrix(labels) }) };
  },
  loss: (_, logits) =>
    smoothedTokenLoss(logits, input('labels', ['batch', 'time'], 'int32'), { epsilon: 0, shiftLabels: true }),
};
