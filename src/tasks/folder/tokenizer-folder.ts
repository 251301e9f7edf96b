import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import type { TextTokens, TokenRange } from '../../models/tokens.ts';
import { readTokenizer, type TokenizerSource, tokenizerFilesIn } from '../../text/convert/read-tokenizer.ts';
import { loadTokenizer, type Tokenizer, type TokenizerLoadOptions } from '../../text/tokenizer.ts';
import type { TrainedTokenizer } from '../../text/train/trained-tokenizer.ts';
import type { TokenizerPair } from '../../text/train/vocabulary.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { tokenizerFiles } from './tokenizer-file.ts';

/** How to read the tokenizers of a folder. */
export type TokenizerFolderOptions = Pick<TokenizerLoadOptions, 'allow_unsafe_patterns'>;

/**
 * Refuses options about tokenizers where there is none.
 *
 * @param what the model that has none: `a classifier of images`.
 * @throws {InputError} when one is set.
 */
export function refuseTokenizerOptions(
  folder: Folder,
  what: string,
  { allow_unsafe_patterns = false }: TokenizerFolderOptions,
): void {
  if (!allow_unsafe_patterns) return;
  throw new InputError(`${folder.name}: allow_unsafe_patterns: not used by ${what}; remove it`);
}

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
  const load = ({ json, config, ...options }: TokenizerSource): Tokenizer =>
    loadTokenizer(json, config, { allow_unsafe_patterns, ...options });
  const loaded = load(source);
  if (!target) return { source: loaded, target: loaded };
  const language = target.languages?.own;
  return { source: loaded, target: language === undefined ? load(target) : loaded.inLanguage(language) };
}

/** The tokenizers that encode the texts of a training. */
export interface TrainingTokenizers extends Tokenizers {
  /** The files of a model folder for these tokenizers. */
  readonly files: Files;
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
 * The tokenizers of the folder that a run starts from, or of the checkpoint of a resumed run, for which training them
 * again could give different ones. Their files are kept as they are.
 *
 * @throws {InputError} as {@link loadTokenizers}.
 */
export async function keptTokenizers(folder: Folder): Promise<TrainingTokenizers> {
  const files = new Map<string, Uint8Array>();
  for (const name of await tokenizerFilesIn(folder)) files.set(name, await folder.read(name));
  return { ...(await loadTokenizers(folder)), files: Object.fromEntries(files), unknownCharacters: [] };
}

/** @throws {InputError} when a tokenizer has more tokens than the model; `side` says which of two. */
export function checkVocabularySize(name: string, tokens: number, rows: number, side = ''): void {
  if (tokens <= rows) return;
  const which = side ? `${side} tokenizer` : 'tokenizer';
  throw new InputError(
    `${name}: expected a ${which} of at most ${rows} tokens, the size of the model's vocabulary, got ${tokens}`,
  );
}

/** The fields of a model that follow from the tokenizer of its texts. */
export const tokenizerFields = ({ vocabSize, padId }: Tokenizer) => ({
  vocab_size: vocabSize,
  pad_token_id: padId ?? vocabSize - 1,
});

/**
 * Checks that a tokenizer is that of a model that reads one text.
 *
 * @throws {InputError} when it has more tokens than the model, or pads with another one.
 */
export function checkTokenizer(
  name: string,
  { vocabSize, padId }: Pick<Tokenizer, 'vocabSize' | 'padId'>,
  { vocabulary, padTokenId }: Pick<TextTokens, 'vocabulary' | 'padTokenId'>,
): void {
  checkVocabularySize(name, vocabSize, vocabulary);
  checkPadding(name, padId, padTokenId);
}

/**
 * Checks that a tokenizer ends texts with the token whose vector a classifier reads, if it reads one.
 *
 * @throws {InputError}
 */
export function checkEndToken(
  name: string,
  tokenizer: Pick<Tokenizer, 'encode'>,
  { endTokenId }: Pick<TextTokens, 'endTokenId'>,
): void {
  if (endTokenId === undefined || tokenizer.encode('').includes(endTokenId)) return;
  throw new InputError(
    `${name}: expected a tokenizer that ends texts with token ${endTokenId}, the model's eos_token_id, whose vector the classifier reads, got one that does not add it`,
  );
}

/**
 * Checks both tokenizers of an encoder–decoder, as {@link checkTokenizer}, and the token that ends a target.
 *
 * @throws {InputError}
 */
export function checkSides(name: string, { source, target }: Tokenizers, tokens: TokenRange): void {
  checkVocabularySize(name, source.vocabSize, tokens.sourceVocabulary, 'source');
  checkVocabularySize(name, target.vocabSize, tokens.targetVocabulary, 'target');
  for (const { padId } of [source, target]) checkPadding(name, padId, tokens.padTokenId);
  checkEnd(name, target.eosId, tokens.eosTokenId);
}

const fromElsewhere = 'tokenizer and model seem to come from different folders';

function checkPadding(name: string, padId: number | null, padTokenId: number): void {
  if (padId === null || padId === padTokenId) return;
  throw new InputError(
    `${name}: expected a tokenizer that pads with token ${padTokenId}, the model's pad_token_id, got one that pads with ${padId}; ${fromElsewhere}`,
  );
}

function checkEnd(name: string, eosId: number | null, eosTokenId: number): void {
  if (eosId === null || eosId === eosTokenId) return;
  throw new InputError(
    `${name}: expected a tokenizer that ends texts with token ${eosTokenId}, the model's eos_token_id, got one that ends them with ${eosId}; ${fromElsewhere}`,
  );
}
