import { InputError } from '../../io/error.ts';
import type { StartSettings } from '../../models/body/decoder.ts';
import type { TokenRange } from '../../models/tokens.ts';
import type { Tokenizers } from '../folder/tokenizer-folder.ts';

/**
 * How a target begins whose own last token the decoder reads first: with the language that the tokenizer puts at the end
 * of texts, or with an end token and then the language that it puts before them. Undefined if nothing says the language
 * of targets.
 */
export function languageStart(
  { startOf, eosTokenId }: TokenRange,
  { source, target }: Tokenizers,
): StartSettings | undefined {
  if (!startOf || source === target) return undefined;
  const frame = Int32Array.from(target.encode(''));
  const start = startOf(frame);
  const [first] = frame;
  const isAfterEnd = start === eosTokenId && first !== eosTokenId;
  return { decoder_start_token_id: start, forced_bos_token_id: isAfterEnd ? (first ?? null) : null };
}

/**
 * The same for the language that a call asks for.
 *
 * @throws {InputError} for a model whose texts name no language, and for fields of the call that say how a text begins.
 */
export function chosenLanguage(
  { tokens }: { readonly tokens: TokenRange },
  tokenizers: Tokenizers,
  fields: StartSettings,
  task: string,
): StartSettings {
  const start = languageStart(tokens, tokenizers);
  if (!start) throw new InputError(`${task}: tgt_lang: not used by a model whose texts name no language; remove it`);
  const other = (['forced_bos_token_id', 'decoder_start_token_id'] as const).find((name) => fields[name] !== undefined);
  if (other === undefined) return start;
  throw new InputError(`${task}: expected tgt_lang or ${other}, which says how a text begins too, got both`);
}

/**
 * The same for a model that is trained; nothing for a model without languages.
 *
 * @throws {InputError} when nothing says the language of targets.
 */
export function trainedLanguage(tokens: TokenRange, tokenizers: Tokenizers): StartSettings {
  const found = languageStart(tokens, tokenizers);
  if (found || !tokens.startOf) return found ?? {};
  throw new InputError(
    'model: the language of the targets is missing: expected src_lang and tgt_lang in the tokenizer_config.json of ' +
      'model.model_name_or_path',
  );
}
