import type { SequenceToSequenceModel } from './body/decoder.ts';
import type { CausalModel } from './causal.ts';
import type { EncoderModel } from './encoder.ts';
import type { SequenceClassifier } from './heads/sequence-classification.ts';
import type { TokenClassifier } from './heads/token-classification.ts';

/** The roles of models, and the type of each. */
export interface RoleModels {
  readonly encoder: EncoderModel;
  readonly 'sequence-classification': SequenceClassifier;
  readonly 'token-classification': TokenClassifier;
  readonly causal: CausalModel;
  readonly 'sequence-to-sequence': SequenceToSequenceModel;
}

/** What a model is used as. */
export type Role = keyof RoleModels;

/** A model with its role. */
export interface RoleModel<R extends Role = Role> {
  readonly role: R;
  readonly model: RoleModels[R];
}

/** Limits on the tokens of a model that reads one text. */
export interface TextTokens {
  /** Ids are below this. */
  readonly vocabulary: number;
  /** Most tokens of a text: the number of positions, or Infinity if there is no limit. */
  readonly maxTokens: number;
  readonly padTokenId: number;
}

/** Limits on the tokens of an encoder–decoder. */
export interface TokenRange {
  /** Ids of the source are below this. */
  readonly sourceVocabulary: number;
  /** Ids of the target and of labels are below this. */
  readonly targetVocabulary: number;
  /** Most tokens of a source or a target: the number of positions, or Infinity if there is no limit. */
  readonly maxTokens: number;
  readonly padTokenId: number;
  readonly decoderStartTokenId: number;
}

/** The token limits of a model, by its role. */
export interface RoleTokens {
  readonly encoder: TextTokens;
  readonly 'sequence-classification': TextTokens;
  readonly 'token-classification': TextTokens;
  readonly causal: TextTokens;
  readonly 'sequence-to-sequence': TokenRange;
}

/** What messages call each role. */
export const roleNames: Readonly<Record<Role, string>> = {
  encoder: 'an encoder',
  'sequence-classification': 'a classifier of texts',
  'token-classification': 'a tagger of tokens',
  causal: 'a language model',
  'sequence-to-sequence': 'an encoder–decoder',
};
