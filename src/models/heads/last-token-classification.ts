import { constantTensor, type Tensor } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { linear, normal } from '../../nn/index.ts';
import { cast, equal, not } from '../../ops/index.ts';
import type { InputSpec } from '../inputs/input-spec.ts';
import type { SequenceClassifier } from '../model.ts';
import type { HeadRow } from './head-row.ts';
import { lastVector } from './last-vector.ts';
import { classificationHead } from './sequence-classification.ts';

interface Config {
  readonly pad_token_id: number | null;
  readonly initializer_range: number;
}

/** 1 for every token that is not padding, else 0. `ids`: int32 [B, T] → float [B, T]. */
const isText = (ids: Tensor, padding: number): Tensor =>
  cast(not(equal(ids, constantTensor(padding, [], 'int32'))), { dtype: 'float' });

/** Without a padding token the last token is the last place, so that texts cannot be padded. */
function checkOneText(spec: InputSpec): InputSpec {
  return {
    ...spec,
    check(given, read) {
      spec.check?.(given, read);
      const [rows] = given.shape;
      if (rows === 1) return;
      throw new InputError(`inputs input_ids: expected one text, since the model has no pad_token_id, got ${rows}`);
    },
  };
}

const withoutPadding = (model: SequenceClassifier): SequenceClassifier => ({
  ...model,
  inputs: model.inputs.map((spec) => (spec.name === 'input_ids' ? checkOneText(spec) : spec)),
});

/**
 * A classifier that reads a decoder's vector of the last token that is not padding, wherever padding stands.
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
      const vector = lastVector(hidden, isText(given.input_ids, padding ?? -1));
      return root.layer('score', (at) => linear(at, { ...size, ...initial }, vector));
    };
  });
  return {
    ...head,
    model(body, config) {
      const model = head.model(body, config);
      return config.pad_token_id === null ? withoutPadding(model) : model;
    },
  } as HeadRow<C, 'sequence-classification'>;
}
