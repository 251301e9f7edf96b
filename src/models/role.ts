import type { CausalModel } from './causal.ts';
import type { EncoderModel } from './encoder.ts';
import type { SequenceClassifier } from './sequence-classifier.ts';
import type { SequenceToSequenceModel } from './sequence-to-sequence.ts';
import type { TokenClassifier } from './token-classifier.ts';

/** What a model can be, and what it then gives. */
export interface RoleModels {
  readonly encoder: EncoderModel;
  readonly 'sequence-classification': SequenceClassifier;
  readonly 'token-classification': TokenClassifier;
  readonly causal: CausalModel;
  readonly 'sequence-to-sequence': SequenceToSequenceModel;
}

/** What a model is used as. */
export type Role = keyof RoleModels;

/** A model that says what it is. */
export interface RoleModel<R extends Role = Role> {
  readonly role: R;
  readonly model: RoleModels[R];
}

/** The tokens that a reader of one text takes. */
export interface TextTokens {
  /** Ids are below this. */
  readonly vocabulary: number;
  /** Most tokens of a text: positions that the model has; Infinity where there is no limit. */
  readonly maxTokens: number;
  readonly padTokenId: number;
}

/** The tokens that an encoder–decoder takes and gives. */
export interface TokenRange {
  /** Ids of the source are below this. */
  readonly sourceVocabulary: number;
  /** Ids of the target, and so labels, are below this. */
  readonly targetVocabulary: number;
  /** Most tokens of a source or a target: positions that the model has; Infinity where there is no limit. */
  readonly maxTokens: number;
  readonly padTokenId: number;
  readonly decoderStartTokenId: number;
}

/** The tokens of a model by what it is. */
export interface RoleTokens {
  readonly encoder: TextTokens;
  readonly 'sequence-classification': TextTokens;
  readonly 'token-classification': TextTokens;
  readonly causal: TextTokens;
  readonly 'sequence-to-sequence': TokenRange;
}

/** What each is called in messages. */
export const roleNames: Readonly<Record<Role, string>> = {
  encoder: 'an encoder',
  'sequence-classification': 'a classifier of texts',
  'token-classification': 'a tagger of tokens',
  causal: 'a language model',
  'sequence-to-sequence': 'an encoder–decoder',
};
