import { inRole } from '../../models/families/check-config.ts';
import { type LoadedModel, loadModel } from '../../models/folder/load.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkTokenizer, loadTokenizers } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';
import { maskIdOf } from './mask-token.ts';

/** A finished masked language model and its tokenizer. */
export interface LoadedMaskedLm {
  readonly model: LoadedModel<'masked-lm'>;
  readonly tokenizer: Tokenizer;
  readonly maskId: number;
}

/** @throws {InputError} when the folder is not a complete masked language model with a tokenizer that has a mask token. */
export async function loadMaskedLm(source: ModelSource): Promise<LoadedMaskedLm> {
  const { folder, dtype } = source;
  const model = inRole(await loadModel(folder, { role: 'masked-lm', dtype }), 'masked-lm', folder.name);
  const { source: tokenizer } = await loadTokenizers(folder, source);
  checkTokenizer(folder.name, tokenizer, model.tokens);
  return { model, tokenizer, maskId: maskIdOf(tokenizer, folder.name) };
}
