import { InputError } from '../../io/error.ts';
import { inRole } from '../../models/families/check-config.ts';
import { type LoadedModel, loadModel } from '../../models/folder/load.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkTokenizer, loadTokenizers } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';

/** A finished question-answering model and its tokenizer. */
export interface LoadedReader {
  readonly model: LoadedModel<'question-answering'>;
  readonly tokenizer: Tokenizer;
}

/** @throws {InputError} when a tokenizer has no form for a question with its context. */
export function checkReads(name: string, { specialTokensToAdd: { pair } }: Tokenizer): void {
  if (pair !== null) return;
  throw new InputError(`${name}: expected a tokenizer with a template for pairs of texts, got one without`);
}

/** @throws {InputError} when the folder is not a complete question-answering model with a tokenizer. */
export async function loadReader(source: ModelSource): Promise<LoadedReader> {
  const { folder, dtype } = source;
  const model = inRole(await loadModel(folder, { dtype }), 'question-answering', folder.name);
  const { source: tokenizer } = await loadTokenizers(folder, source);
  checkTokenizer(folder.name, tokenizer, model.tokens);
  checkReads(folder.name, tokenizer);
  return { model, tokenizer };
}
