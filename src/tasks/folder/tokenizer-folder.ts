import { InputError } from '../../io/error.ts';
import { type Folder, readTexts } from '../../io/folder.ts';
import { readTokenizer, type TokenizerSource } from '../../text/convert/read-tokenizer.ts';
import { loadTokenizer, type Tokenizer, type TokenizerLoadOptions } from '../../text/tokenizer.ts';
import type { TrainedTokenizer } from '../../text/train/trained-tokenizer.ts';
import type { TokenizerPair } from '../../text/train/vocabulary.ts';
import { targetTokenizerFile, tokenizerConfigFile, tokenizerFile, tokenizerFiles } from './tokenizer-file.ts';

/** How to read the tokenizers of a folder. */
export type TokenizerFolderOptions = Pick<TokenizerLoadOptions, 'allow_unsafe_patterns'>;

/** The tokenizers of a model folder; the same object twice if the vocabulary is shared. */
export interface Tokenizers {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
}

/**
 * Reads the tokenizers of a folder: `tokenizer.json`, `tokenizer_config.json` and, if the target has its own vocabulary,
 * `target_tokenizer.json`; without a `tokenizer.json`, the files that Transformers' slow tokenizers have.
 *
 * @throws {InputError} when a file is missing, is not JSON, or is not a tokenizer that can be run.
 */
export async function loadTokenizers(
  folder: Folder,
  { allow_unsafe_patterns }: TokenizerFolderOptions = {},
): Promise<Tokenizers> {
  const { source, target } = await readTokenizer(folder);
  const load = ({ json, config, name }: TokenizerSource): Tokenizer =>
    loadTokenizer(json, config, { allow_unsafe_patterns, name });
  const loaded = load(source);
  return { source: loaded, target: target ? load(target) : loaded };
}

/** The tokenizers that encode the texts of a training. */
export interface TrainingTokenizers extends Tokenizers {
  /** The files of a model folder for these tokenizers. */
  readonly files: Readonly<Record<string, string>>;
  /** Characters of the training texts that became `<unk>`, reported when the tokenizers were trained. */
  readonly unknownCharacters: readonly string[];
}

/** Newly trained tokenizers. */
export function newTokenizers({ source, target }: TokenizerPair): TrainingTokenizers {
  const loaded = loadTokenizer(source.json, source.config);
  return {
    source: loaded,
    target: target === source ? loaded : loadTokenizer(target.json, target.config),
    files: tokenizerFiles({ source, target }),
    unknownCharacters: [...new Set([...source.unknownCharacters, ...target.unknownCharacters])],
  };
}

/** A newly trained tokenizer, for both sides. */
export const newTokenizer = (trained: TrainedTokenizer): TrainingTokenizers =>
  newTokenizers({ source: trained, target: trained });

/**
 * The tokenizers of a resumed run, from its checkpoint: training them again could give different ones.
 *
 * @throws {InputError} as {@link loadTokenizers}.
 */
export async function keptTokenizers(checkpoint: Folder): Promise<TrainingTokenizers> {
  const tokenizers = await loadTokenizers(checkpoint);
  const files = await readTexts(checkpoint, [tokenizerFile, tokenizerConfigFile, targetTokenizerFile]);
  return { ...tokenizers, files, unknownCharacters: [] };
}

/** @throws {InputError} when a tokenizer has more tokens than the model; `side` says which of two. */
export function checkVocabularySize(name: string, tokens: number, rows: number, side = ''): void {
  if (tokens <= rows) return;
  const which = side ? `${side} tokenizer` : 'tokenizer';
  throw new InputError(
    `${name}: expected a ${which} of at most ${rows} tokens, the size of the model's vocabulary, got ${tokens}`,
  );
}
