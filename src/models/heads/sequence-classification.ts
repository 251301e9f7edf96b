import type { Tensor } from '../../graph/index.ts';
import { linear, normal, poolings, type Scope, zeros } from '../../nn/index.ts';
import { cast } from '../../ops/index.ts';
import type { EncoderInputs, EncoderModel } from '../encoder.ts';
import { type ClassifierFields, labelNames, type ProblemType, problemTypeOf } from './classifier-fields.ts';

/** A model that scores every label for a whole text. */
export interface SequenceClassifier extends Pick<EncoderModel, 'vocabulary' | 'characterVocabulary' | 'maxPositions'> {
  /** The labels by their ids. */
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  /** Scores before any normalisation, [B, N]. */
  logits(root: Scope, inputs: EncoderInputs): Tensor;
}

/** Standard deviation of the initial weights, as BERT's. */
const deviation = 0.02;

/**
 * A linear layer over the pooled vectors of an encoder.
 *
 * Parameters: the encoder's, the pooling's, `classifier.weight` [N, D], `classifier.bias` [N].
 */
export function sequenceClassifier(encoder: EncoderModel, config: ClassifierFields): SequenceClassifier {
  const labels = labelNames(config);
  const { vocabulary, characterVocabulary, maxPositions, width } = encoder;
  return {
    vocabulary,
    characterVocabulary,
    maxPositions,
    labels,
    problemType: problemTypeOf(config),
    logits(root, inputs) {
      const hidden = encoder.hidden(root, inputs);
      const pooled = poolings[config.pooling](root, hidden, cast(inputs.attention_mask, { dtype: 'float' }));
      const size = { inFeatures: width, outFeatures: labels.length };
      const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros };
      return root.layer('classifier', (at) =>
        linear(at, { ...size, ...initial }, at.dropout(pooled, config.classifier_dropout ?? 0)),
      );
    },
  };
}
