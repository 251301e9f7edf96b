import * as z from 'zod';
import type { TokenIds } from './assemble.ts';
import type { SentencePieceModel } from './sentence-piece-model.ts';
import { type PrependScheme, type ScoredPiece, usualNormalizer } from './sentence-piece-part.ts';
import type { AddedToken, NamedTokens, RoleDefaults } from './special-token.ts';

type Fields = Readonly<Record<string, unknown>>;

const flag = z.boolean().nullish();

/** The fields of `tokenizer_config.json` that a class reads, and those that it refuses where they say otherwise. */
export const sentencePieceSettings = z.looseObject({
  add_prefix_space: flag,
  legacy: flag,
  do_lower_case: flag,
  keep_accents: flag,
  remove_space: flag,
  extra_ids: z.int().min(0).max(10_000).nullish(),
  offset: z.int().min(0).max(10_000).nullish(),
  mask_token_sent: z.union([z.string().min(1), z.looseObject({ content: z.string().min(1) })]).nullish(),
  add_bos_token: flag,
  add_eos_token: flag,
});

/** What the pieces of a class are made of. */
export interface ClassInput {
  readonly model: SentencePieceModel;
  readonly config: z.output<typeof sentencePieceSettings>;
  readonly named: NamedTokens;
  /** The name of `tokenizer_config.json`, for errors. */
  readonly where: string;
}

/**
 * How a class of tokenizers uses a SentencePiece model.
 *
 * Each makes what the fast class of Transformers 4.46.3 makes (convert_slow_tokenizer.py and tokenization_*_fast.py). Version
 * 5.24 builds other tokenizers from the same files: those of mBART and BigBird lack the table, and most treat blanks at the end
 * differently. The published `tokenizer.json` files, and SentencePiece itself, are as here. Fast tokenizers ignore `remove_space`,
 * `add_dummy_prefix` and `remove_extra_whitespaces`, and all but Llama's ignore `byte_fallback`; slow ones do not.
 */
export interface SentencePieceClass {
  /** The file of the model. */
  readonly file: string;
  readonly roles: RoleDefaults;
  /** The vocabulary in the order of the ids. Default: the pieces. */
  readonly vocabulary?: (input: ClassInput) => ScoredPiece[];
  /** Default: the model's. */
  readonly unkId?: (input: ClassInput) => number;
  readonly byteFallback?: boolean;
  /** Special tokens that the class adds. */
  readonly added?: (input: ClassInput) => AddedToken[];
  /** Default: the table, no blanks at the end, one `▁` for several blanks. */
  readonly normalizer?: (input: ClassInput) => Fields | null;
  /** Default: `▁` before each word. */
  readonly pre_tokenizer?: (scheme: PrependScheme, input: ClassInput) => Fields | null;
  readonly decoder?: (scheme: PrependScheme) => Fields;
  /** Special tokens around a text. `language` is that of the text, where the class has languages. */
  readonly template: (ids: TokenIds, input: ClassInput, language?: string) => Fields;
  /** Codes of the languages, for a class whose template has the text's language. */
  readonly languages?: readonly string[];
  /** Whether `add_prefix_space` and `legacy` act; otherwise Transformers ignores them, and `add_prefix_space: false` is refused. */
  readonly readsPrefix?: boolean;
}

/** The normalizer of a class. */
export const normalizerOf = (row: SentencePieceClass, input: ClassInput): Fields | null =>
  row.normalizer ? row.normalizer(input) : usualNormalizer(input.model);
