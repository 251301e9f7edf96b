import { checkConfig, inRole } from '../../models/families/check-config.ts';
import type { Translator, TranslatorSize } from './translator.ts';

/** `fields`: changes to a `transformer_seq2seq` of one pre-norm layer on each side without dropout. */
export function transformerTranslator(
  { words, width }: TranslatorSize,
  fields: Readonly<Record<string, unknown>> = {},
): Translator {
  const [pad, end, start] = [words, words + 1, words + 2];
  const config = {
    model_type: 'transformer_seq2seq',
    vocab_size: words + 3,
    pad_token_id: pad,
    eos_token_id: end,
    decoder_start_token_id: start,
    hidden_size: width,
    num_hidden_layers: 1,
    num_attention_heads: 4,
    intermediate_size: 4 * width,
    initializer_range: width ** -0.5,
    dropout: 0,
    ...fields,
  };
  const { model } = inRole(checkConfig(config, 'lab', { isStrict: true }), 'sequence-to-sequence', 'lab');
  return { model, pad, end, start };
}
