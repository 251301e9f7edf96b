import type { AttentionExample } from '../../inspect/attention-page.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { TextToTextPipeline } from './pipeline.ts';

const labels = (tokenizer: Tokenizer, ids: readonly number[]): string[] =>
  tokenizer.tokenTexts(ids).map(({ label }) => label);

/**
 * Reads texts and takes down what every head of the decoder looked at while it wrote.
 *
 * @param references what is expected, where that is known, in the order of `texts`.
 * @throws {InputError} for a text with more tokens than the model has positions.
 */
export async function attentionExamples(
  { model, tokenizers: { source, target } }: Pick<TextToTextPipeline, 'model' | 'tokenizers'>,
  texts: readonly string[],
  references: readonly string[] = [],
): Promise<AttentionExample[]> {
  const rows = texts.map((text) => source.encode(text));
  const found = await model.generateRows(rows, { num_return_sequences: 1 }, { output_attentions: true });
  return found.map(({ sequences: [tokens], attentions }, i) => {
    const written = tokens.slice(1);
    return {
      input: texts[i],
      output: target.decode(written, { skip_special_tokens: true }),
      reference: references[i],
      source: labels(source, rows[i]),
      target: labels(target, written),
      layers: attentions?.[0] ?? [],
    };
  });
}
