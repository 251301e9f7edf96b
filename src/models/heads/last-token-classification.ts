import { constantTensor, type Tensor } from '../../graph/index.ts';
import { linear, normal } from '../../nn/index.ts';
import { cast, equal, not } from '../../ops/index.ts';
import { attentionMask } from '../inputs/text-input.ts';
import type { SequenceClassifier } from '../model.ts';
import type { HeadRow } from './head-row.ts';
import { lastVector } from './layers/last-vector.ts';
import { classificationHead } from './sequence-classification.ts';

interface Config {
  readonly pad_token_id: number | null;
  readonly initializer_range: number;
}

/** 1 for every token that is not padding, else 0. `ids`: int32 [B, T] → float [B, T]. */
const isText = (ids: Tensor, padding: number): Tensor =>
  cast(not(equal(ids, constantTensor(padding, [], 'int32'))), { dtype: 'float' });

/** Without a padding token only the mask says where texts end, so it is always read. */
const readingMask = (model: SequenceClassifier): SequenceClassifier => ({
  ...model,
  inputs: model.inputs.map((spec) => (spec.name === 'attention_mask' ? attentionMask() : spec)),
});

/**
 * A classifier that reads a decoder's vector of the last token that is not padding, wherever padding stands. Without
 * `pad_token_id` that is the last token in `attention_mask`; Transformers then reads one text at a time.
 *
 * Parameters: the body's, `score.weight` [N, D].
 *
 * Source: transformers 5.24.0 modeling_gpt2.py, GPT2ForSequenceClassification.
 */
export function lastTokenClassificationHead<C extends Config>(
  architecture: string,
): HeadRow<C, 'sequence-classification'> {
  const head = classificationHead<C>(architecture, ({ pad_token_id: padding, initializer_range: deviation }) => {
    const initial = { hasBias: false, weightInitializer: normal(0, deviation), part: 'head' } as const;
    return (root, { given, body: { last_hidden_state: hidden } }, outFeatures) => {
      const size = { inFeatures: Number(hidden.shape[2]), outFeatures };
      const { input_ids: ids, attention_mask: mask } = given;
      const counts = padding === null ? cast(mask, { dtype: 'float' }) : isText(ids, padding);
      const vector = lastVector(hidden, counts);
      return root.layer('score', (at) => linear(at, { ...size, ...initial }, vector));
    };
  });
  return {
    ...head,
    model(body, config) {
      const model = head.model(body, config);
      return config.pad_token_id === null ? readingMask(model) : model;
    },
  } as HeadRow<C, 'sequence-classification'>;
}
