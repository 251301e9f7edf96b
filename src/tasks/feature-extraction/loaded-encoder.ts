import { inRole } from '../../models/families/check-config.ts';
import { type LoadedModel, openModel, readParameters } from '../../models/folder/load.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkTokenizer, loadTokenizers } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';
import { readSentenceFolder, type SentenceFolder } from './sentence-folder.ts';
import { textEncoder } from './text-encoder.ts';

/** A finished encoder, its tokenizer, and how it makes a vector of a text, if its folder says so. */
export interface LoadedEncoder {
  /** Without a pooler that the folder lacks: nothing reads it. */
  readonly model: LoadedModel<'encoder'>;
  readonly tokenizer: Tokenizer;
  readonly sentence: SentenceFolder | undefined;
  /** The most tokens of a text. */
  readonly maxTokens: number;
}

/**
 * Loads the body of a model of any class, as `AutoModel` does.
 *
 * @throws {InputError} when the folder is not a complete model with a tokenizer, its family has no encoder, or its
 *   sentence vectors are made in a way that Heddle does not know.
 */
export async function loadEncoder(source: ModelSource): Promise<LoadedEncoder> {
  const { folder, dtype } = source;
  const open = await openModel(folder, { role: 'encoder', allowsNewHead: true });
  const { weights, close, ...opened } = open;
  try {
    const setup = textEncoder(inRole(opened, 'encoder', folder.name), folder.name);
    const sentence = await readSentenceFolder(folder, setup.model.width);
    const { source: tokenizer } = await loadTokenizers(folder, source);
    checkTokenizer(folder.name, tokenizer, setup.tokens);
    const parameters = await readParameters(open, dtype);
    const maxTokens = Math.min(setup.tokens.maxTokens, sentence?.maxTokens ?? Number.POSITIVE_INFINITY);
    return { model: { ...setup, parameters }, tokenizer, sentence, maxTokens };
  } finally {
    await close();
  }
}
