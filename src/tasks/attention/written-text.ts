import { firstOf, itemAt } from '../../io/item-at.ts';
import type { Tokenizers } from '../folder/tokenizer-folder.ts';
import { chosenLanguage } from '../text-to-text/language.ts';
import { missingLanguage } from '../text-to-text/pipeline.ts';
import type { SequenceModel } from '../text-to-text/sequence-model.ts';
import type { DecoderText } from './attention-map.ts';
import { tokenAxis } from './token-axis.ts';

/** What the decoder of an encoder–decoder reads and writes, and that as a text. */
export interface WrittenText extends DecoderText {
  readonly output: string;
}

/** What a model writes of the rows of ids. @param isInLanguage whether the language of the target was asked for. */
export async function writtenTexts(
  model: SequenceModel,
  tokenizers: Tokenizers,
  rows: readonly (readonly number[])[],
  isInLanguage: boolean,
): Promise<WrittenText[]> {
  const { target } = tokenizers;
  const language = isInLanguage
    ? chosenLanguage(model.loaded, tokenizers, {}, 'attentionExamples')
    : missingLanguage(model, tokenizers, {});
  const settings = { ...language, num_return_sequences: 1 };
  const found = await model.generateRows(rows, settings, { tokenizer: target });
  return rows.map((_, at) => {
    const sequence = firstOf(itemAt(found, at, 'a text').sequences, 'a result');
    const written = sequence.slice(1);
    return {
      inputs: { decoder_input_ids: [sequence.slice(0, -1)] },
      written: tokenAxis(target, written),
      output: target.decode(written, { skip_special_tokens: true }),
    };
  });
}

/** A given text as the decoder would write it. */
export function givenTarget({ target }: Tokenizers, text: string): WrittenText {
  const ids = target.encode(text);
  return { inputs: { labels: [ids] }, written: tokenAxis(target, ids), output: text };
}
