import { input } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { smoothedTokenLoss } from '../../nn/index.ts';
import {
  checkLabels,
  checkSameShape,
  checkTokens,
  hostMatrix,
  ignoredLabel,
  type Matrix,
} from '../inputs/given-inputs.ts';
import type { TokenRange } from '../role.ts';
import type { ForwardRow } from './forward-row.ts';

/** Labels shifted one place to the right after the start token; labels that the loss ignores become padding. */
export function shiftRight(labels: Matrix, { decoderStartTokenId, padTokenId }: TokenRange): Matrix {
  const { rows, columns } = labels;
  const data = Int32Array.from({ length: rows * columns }, (_, i) => {
    if (i % columns === 0) return decoderStartTokenId;
    return labels.data[i - 1] === ignoredLabel ? padTokenId : labels.data[i - 1];
  });
  return { rows, columns, data };
}

/**
 * An encoder–decoder: `input_ids`, `attention_mask` [batch, source], `decoder_input_ids`, `decoder_attention_mask`,
 * `labels` [batch, target]. Missing decoder inputs are made from the labels. The loss is the mean cross entropy of the labels other than −100.
 */
export const sequenceForward: ForwardRow<'sequence-to-sequence'> = {
  names: () => ['input_ids', 'attention_mask', 'decoder_input_ids', 'decoder_attention_mask', 'labels'],
  output: 'logits',
  feeds(given, { tokens }) {
    const { sourceVocabulary, targetVocabulary, maxTokens } = tokens;
    const source = given.needed('input_ids');
    const labels = given.matrix('labels');
    if (labels) {
      checkLabels(
        labels,
        targetVocabulary,
        `token ids in 0 … ${targetVocabulary - 1} (vocab_size ${targetVocabulary})`,
      );
    }
    const target = given.matrix('decoder_input_ids') ?? (labels && shiftRight(labels, tokens));
    if (!target) throw new InputError('inputs: expected decoder_input_ids or labels, got neither');
    if (labels) checkSameShape('labels', labels, 'decoder_input_ids', target);
    if (target.rows !== source.rows) {
      const got = `${source.rows} rows as in input_ids, got ${target.rows}`;
      throw new InputError(`inputs decoder_input_ids: expected ${got}`);
    }
    checkTokens('input_ids', source, sourceVocabulary, maxTokens);
    checkTokens('decoder_input_ids', target, targetVocabulary, maxTokens);
    return {
      input_ids: hostMatrix(source),
      attention_mask: hostMatrix(given.mask('attention_mask', source, 'input_ids')),
      decoder_input_ids: hostMatrix(target),
      decoder_attention_mask: hostMatrix(given.mask('decoder_attention_mask', target, 'decoder_input_ids')),
      ...(labels && { labels: hostMatrix(labels) }),
    };
  },
  loss: (_, logits) => smoothedTokenLoss(logits, input('labels', ['batch', 'target'], 'int32'), { epsilon: 0 }),
};
