import type { TokenAxis } from '../../inspect/attention/attention-map.ts';
import { InputError } from '../../io/error.ts';
import { readsTokenTypes } from '../../models/inputs/input-spec.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { PreTrainedModel } from '../model/pre-trained-model.ts';
import { tokenAxis } from './token-axis.ts';

/** A text or a pair as a model reads it. */
export interface ReadText {
  readonly ids: readonly number[];
  /** Which text each token belongs to, for models with token types. */
  readonly type_ids: readonly number[];
  readonly axis: TokenAxis;
}

/** Whether a model can tell the texts of a pair apart: by token types, or by a token between them. */
function tellsApart({ loaded }: PreTrainedModel, { texts = [] }: TokenAxis): boolean {
  return readsTokenTypes(loaded.model.inputs) || texts.slice(0, texts.indexOf(1)).at(-1) === null;
}

/** The tokens of a text or a pair. @throws {InputError} for a pair that the tokenizer or the model has no form for. */
export function readText(model: PreTrainedModel, tokenizer: Tokenizer, text: string, pair?: string): ReadText {
  const isPair = pair !== undefined;
  const hasForm = !isPair || tokenizer.specialTokensToAdd.pair !== null;
  const { ids, type_ids, sequence_ids } = tokenizer.encoding(text, isPair && hasForm ? { text_pair: pair } : {});
  const texts = sequence_ids.map((id) => (id === 0 || id === 1 ? id : null));
  const axis = tokenAxis(tokenizer, ids, texts);
  if (!hasForm || (isPair && !tellsApart(model, axis))) {
    throw new InputError(`${model.loaded.name}: the model reads one text, not a pair: nothing tells two texts apart`);
  }
  return { ids, type_ids, axis };
}
