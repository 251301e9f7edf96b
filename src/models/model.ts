import type { Tensor } from '../graph/index.ts';
import type { CrfScores, Scope } from '../nn/index.ts';
import type { CausalModel } from './body/causal.ts';
import type { SequenceToSequenceModel } from './body/decoder.ts';
import type { ProblemType } from './heads/fields/classifier-fields.ts';
import type { SpanScheme } from './heads/fields/span-scheme.ts';
import type { LossOptions, Pass, Term } from './heads/terms/term.ts';
import type { InputSpec, Named } from './inputs/input-spec.ts';
import type { ImageLayout } from './inputs/pixel-input.ts';

/** A body with a head, made for one configuration: all that forward passes, training and tasks know about a model. */
export interface Model {
  readonly inputs: readonly InputSpec[];
  /** The labels of its loss; none if it has no loss. */
  readonly labelInputs: readonly InputSpec[];
  /** Width of the vectors of `hidden`, D. */
  readonly width: number;
  /** The embedding table of its tokens, [V, D] or of another width. */
  table(root: Scope): Tensor;
  /** The vectors of the last layer, [B, T, D]; values at padding have no meaning. Attentions and hidden states are tapped. */
  hidden(root: Scope, given: Named): Tensor;
  /** The body's part of a pass. */
  run(root: Scope, given: Named): Pass;
  /** Everything that the class returns, by Transformers' names: `logits`, `last_hidden_state`, … */
  outputs(root: Scope, pass: Pass): Named;
  /** The terms of its loss, all over one pass of the body. */
  readonly terms: readonly Term[];
  /** Changes the inputs in training only. */
  corrupt?(root: Scope, given: Named, options: LossOptions): Named;
  /** Makes the parameters that the class has and never reads. */
  unread?(root: Scope): void;
}

/** A model that scores every label for a whole text or image. */
export interface Classifier extends Model {
  /** The labels by their ids. */
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  /** Scores before any normalisation, [B, N]. */
  logits(root: Scope, pass: Pass): Tensor;
}

/** A classifier of texts. */
export type SequenceClassifier = Classifier;

/** A model that reads images. */
export interface ImageModel extends Model {
  /** The images that it was made for. */
  readonly image: ImageLayout;
}

/** A classifier of images. */
export interface ImageClassifier extends Classifier, ImageModel {}

/** A model that scores every label for each token. */
export interface TokenClassifier extends Model {
  /** The labels by their ids. */
  readonly labels: readonly string[];
  readonly tagScheme: SpanScheme;
  readonly hasCrf: boolean;
  /** Scores of every token, before any normalisation, [B, T, N]. */
  logits(root: Scope, pass: Pass): Tensor;
  /** Scores of some tokens. `places`: int32 [B, W], their positions in the flattened [B·T] → [B, W, N]. */
  logitsAt(root: Scope, pass: Pass, places: Tensor): Tensor;
  /** Scores between neighbouring labels; null without a CRF. */
  chain(root: Scope): CrfScores | null;
}

/** A model that predicts hidden tokens of a text. */
export interface MaskedLanguageModel extends Model {
  /** Token ids lie in 0 … size − 1. */
  readonly vocabulary: number;
  /** Scores of every token of the vocabulary for every token, [B, T, V]. */
  logits(root: Scope, pass: Pass): Tensor;
  /** Those of some places only. `places`: int32 [N], in the flattened [B·T] → [N, V]. */
  logitsAt(root: Scope, pass: Pass, places: Tensor): Tensor;
}

/** A model that judges whether the second of two texts follows the first. */
export interface NextSentenceModel extends Model {
  /** Scores of "it follows" and of "it is another text", [B, 2]. */
  logits(root: Scope, pass: Pass): Tensor;
}

/** A model that judges of every token whether it was replaced. */
export interface ReplacedTokenModel extends Model {
  /** Scores of "it was replaced" for every token, before the sigmoid, [B, T]. */
  logits(root: Scope, pass: Pass): Tensor;
}

/** A model that finds an answer in a text. */
export interface QuestionAnsweringModel extends Model {
  /** Scores of every token as the first of the answer, [B, T]. */
  startLogits(root: Scope, pass: Pass): Tensor;
  /** Scores of every token as the last of the answer, [B, T]. */
  endLogits(root: Scope, pass: Pass): Tensor;
}

/** The roles of models, and the type of each. */
export interface RoleModels {
  readonly encoder: Model;
  readonly 'sequence-classification': SequenceClassifier;
  readonly 'token-classification': TokenClassifier;
  readonly 'masked-lm': MaskedLanguageModel;
  readonly 'next-sentence-prediction': NextSentenceModel;
  readonly 'pre-training': MaskedLanguageModel;
  readonly 'replaced-token-detection': ReplacedTokenModel;
  readonly 'question-answering': QuestionAnsweringModel;
  readonly 'image-encoder': ImageModel;
  readonly 'image-classification': ImageClassifier;
  readonly causal: Model & CausalModel;
  readonly 'sequence-to-sequence': Model & SequenceToSequenceModel;
}
