import type { AttentionExample } from '../../inspect/attention-page.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { TextToTextPipeline } from './pipeline.ts';

const labels = (tokenizer: Tokenizer, ids: readonly number[]): string[] =>
  tokenizer.tokenTexts(ids).map(({ label }) => label);

/**
 * Runs a model on texts and records the attention of every head of the decoder.
 *
 * @param references the expected outputs, where known, in the order of `texts`.
 * @throws {InputError} for a text with more tokens than the model has positions.
 */
export async function attentionExamples(
  { model, tokenizers: { source, target } }: Pick<TextToTextPipeline, 'model' | 'tokenizers'>,
  texts: readonly string[],
  references: readonly string[] = [],
): Promise<AttentionExample[]> {
  const rows = texts.map((text) => source.encode(text));
  const options = { output_attentions: true, tokenizer: target };
  const found = await model.generateRows(rows, { num_return_sequences: 1 }, options);
  return texts.map((input, i) => {
    const { sequences, attentions } = itemAt(found, i, 'a text');
    const written = firstOf(sequences, 'a result').slice(1);
    return {
      input,
      output: target.decode(written, { skip_special_tokens: true }),
      reference: references[i],
      source: labels(source, itemAt(rows, i, 'a text')),
      target: labels(target, written),
      layers: attentions?.[0] ?? [],
    };
  });
}
