import { inRole } from '../../models/families/check-config.ts';
import { type LoadedModel, loadModel } from '../../models/folder/load.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkEndToken, checkTokenizer, loadTokenizers } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';

/** A finished classifier and its tokenizer. */
export interface LoadedClassifier {
  readonly model: LoadedModel<'sequence-classification'>;
  readonly tokenizer: Tokenizer;
}

/** @throws {InputError} when the folder is not a complete classifier with a tokenizer. */
export async function loadClassifier(source: ModelSource): Promise<LoadedClassifier> {
  const { folder, dtype } = source;
  const model = inRole(await loadModel(folder, { dtype }), 'sequence-classification', folder.name);
  const { source: tokenizer } = await loadTokenizers(folder, source);
  checkTokenizer(folder.name, tokenizer, model.tokens);
  checkEndToken(folder.name, tokenizer, model.tokens);
  return { model, tokenizer };
}
