import type { RoleModels } from './model.ts';
import type { TextTokens, TokenRange } from './tokens.ts';

/** What a model is used as. */
export type Role = keyof RoleModels;

/** A model with its role. */
export interface RoleModel<R extends Role = Role> {
  readonly role: R;
  readonly model: RoleModels[R];
}

/** The token limits of a model, by its role. */
export interface RoleTokens {
  readonly encoder: TextTokens;
  readonly 'sequence-classification': TextTokens;
  readonly 'token-classification': TextTokens;
  readonly 'masked-lm': TextTokens;
  readonly 'next-sentence-prediction': TextTokens;
  readonly 'pre-training': TextTokens;
  readonly 'replaced-token-detection': TextTokens;
  readonly 'question-answering': TextTokens;
  /** Images have no tokens. */
  readonly 'image-encoder': undefined;
  readonly 'image-classification': undefined;
  readonly causal: TextTokens;
  readonly 'sequence-to-sequence': TokenRange;
}

/** What messages call each role. */
export const roleNames: Readonly<Record<Role, string>> = {
  encoder: 'an encoder',
  'sequence-classification': 'a classifier of texts',
  'token-classification': 'a tagger of tokens',
  'masked-lm': 'a masked language model',
  'next-sentence-prediction': 'a next-sentence classifier',
  'pre-training': 'a masked language model that also classifies pairs of sentences',
  'replaced-token-detection': 'a detector of replaced tokens',
  'question-answering': 'a question-answering model',
  'image-encoder': 'an encoder of images',
  'image-classification': 'a classifier of images',
  causal: 'a language model',
  'sequence-to-sequence': 'an encoder–decoder',
};
