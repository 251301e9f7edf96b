import { gather, mulDim, reshape, type Tensor } from '../../graph/index.ts';
import { type CrfScores, crfScores, linear, normal, type Scope, zeros } from '../../nn/index.ts';
import type { EncoderInputs, EncoderModel } from '../encoder.ts';
import { labelNames } from './classifier-fields.ts';
import type { SpanScheme } from './span-scheme.ts';
import type { TokenClassifierFields } from './token-classifier-fields.ts';

/** A model that scores every label for each token. */
export interface TokenClassifier
  extends Pick<EncoderModel, 'vocabulary' | 'characterVocabulary' | 'maxPositions' | 'table'> {
  /** The labels by their ids. */
  readonly labels: readonly string[];
  readonly tagScheme: SpanScheme;
  readonly hasCrf: boolean;
  /** Scores of every token, before any normalisation, [B, T, N]. */
  logits(root: Scope, inputs: EncoderInputs): Tensor;
  /** Scores of some tokens. `places`: int32 [B, W], their positions in the flattened [B·T] → [B, W, N]. */
  logitsAt(root: Scope, inputs: EncoderInputs, places: Tensor): Tensor;
  /** Scores between neighbouring labels; null without a CRF. */
  chain(root: Scope): CrfScores | null;
}

/** Standard deviation of the initial weights, as BERT's. */
const deviation = 0.02;

/**
 * A linear layer over every vector of an encoder, and optionally a linear-chain CRF over the labels.
 *
 * Parameters: the encoder's, `classifier.weight` [N, D], `classifier.bias` [N]; `crf.start_transitions` [N],
 * `crf.transitions` [N, N], `crf.end_transitions` [N].
 *
 * Source: Lample et al. 2016, section 2.2; Devlin et al. 2019, section 4.
 */
export function tokenClassifier(encoder: EncoderModel, config: TokenClassifierFields): TokenClassifier {
  const labels = labelNames(config);
  const { vocabulary, characterVocabulary, maxPositions, width } = encoder;
  const size = { inFeatures: width, outFeatures: labels.length };
  const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros };
  const scored = (root: Scope, vectors: Tensor) =>
    root.layer('classifier', (at) =>
      linear(at, { ...size, ...initial }, at.dropout(vectors, config.classifier_dropout ?? 0)),
    );
  return {
    vocabulary,
    characterVocabulary,
    maxPositions,
    table: encoder.table,
    labels,
    tagScheme: config.tag_scheme,
    hasCrf: config.crf,
    logits: (root, inputs) => scored(root, encoder.hidden(root, inputs)),
    logitsAt(root, inputs, places) {
      const hidden = encoder.hidden(root, inputs);
      const [batch, time] = hidden.shape;
      const flat = reshape(hidden, { shape: [mulDim(batch, time), width] });
      return scored(root, gather(flat, places));
    },
    chain: (root) => (config.crf ? crfScores(root.at('crf'), labels.length) : null),
  };
}
