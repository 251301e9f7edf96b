import type { Folder } from '../../io/folder.ts';
import { hasTokenizer, readTokenizer, type TokenizerSource } from '../../text/convert/read-tokenizer.ts';
import { loadTokenizer, type SpecialTokenName, type Tokenizer } from '../../text/tokenizer.ts';
import type { TokenizerFolderOptions } from './tokenizer-folder.ts';

/** What a tokenizer is. */
export interface TokenizerSummary {
  /** `model.type` of `tokenizer.json`: `WordPiece`, `BPE`, `Unigram`. */
  readonly kind: string;
  /** Read from a `tokenizer.json`, or made from this file. */
  readonly file: string;
  readonly vocab_size: number;
  /** The ids of the special tokens that it names. */
  readonly special_tokens: Readonly<Partial<Record<SpecialTokenName, number>>>;
}

const specialTokens: Readonly<Record<SpecialTokenName, (tokenizer: Tokenizer) => number | null>> = {
  bos_token: ({ bosId }) => bosId,
  cls_token: ({ clsId }) => clsId,
  eos_token: ({ eosId }) => eosId,
  mask_token: ({ maskId }) => maskId,
  pad_token: ({ padId }) => padId,
  sep_token: ({ sepId }) => sepId,
  unk_token: ({ unkId }) => unkId,
};

function summaryOf(
  { json, config, name, languages }: TokenizerSource,
  options: TokenizerFolderOptions,
): TokenizerSummary {
  const tokenizer = loadTokenizer(json, config, { ...options, name, languages });
  const { type } = (json.model ?? {}) as { readonly type?: unknown };
  const named = Object.entries(specialTokens).flatMap(([token, idOf]) => {
    const id = idOf(tokenizer);
    return id === null ? [] : [[token, id] as const];
  });
  return {
    kind: String(type ?? 'unknown'),
    file: name.slice(name.lastIndexOf('/') + 1),
    vocab_size: tokenizer.vocabSize,
    special_tokens: Object.fromEntries(named),
  };
}

/**
 * Summarises the tokenizers of a folder; null if it has none. `target` only if outputs have their own.
 *
 * @throws {InputError} when a tokenizer cannot be read or run.
 */
export async function tokenizerSummary(
  folder: Folder,
  { allow_unsafe_patterns }: TokenizerFolderOptions = {},
): Promise<{ readonly source: TokenizerSummary; readonly target?: TokenizerSummary } | null> {
  if (!(await hasTokenizer(folder))) return null;
  const { source, target } = await readTokenizer(folder);
  const options = { allow_unsafe_patterns };
  return { source: summaryOf(source, options), ...(target && { target: summaryOf(target, options) }) };
}
