import { TextStreamer } from '../../decode/stream/text-streamer.ts';
import { firstOf } from '../../io/item-at.ts';
import { ofFilledLines } from '../model/filled-line.ts';
import { generationSettings, refuseMoreThanText } from '../model/generation-setting.ts';
import { cutNote } from '../model/long-text.ts';
import type { LinePredictor, Prediction, TaskRow } from '../task.ts';
import { type TextGenerationOutput, textGenerationPipeline } from './pipeline.ts';

/**
 * A language model that processes lines: the continuation of each; with `json` including its prompt, or a list of
 * `num_return_sequences` results. A blank line is not a prompt: its result is blank too.
 */
export const textGenerationPredictor: TaskRow['predictor'] = (settings, { json: isJson }) => {
  const config = generationSettings(settings);
  if (!isJson) refuseMoreThanText('predict', config);
  return async (source): Promise<LinePredictor> => {
    const generate = await textGenerationPipeline(source);
    const { tokenizer, model } = generate;
    const asked = config.num_return_sequences ?? model.generation_config.num_return_sequences ?? 1;
    const count = isJson ? asked : 1;
    const options = { ...config, num_return_sequences: count };
    const note = (isCut: boolean | undefined) => (isCut ? cutNote(model.loaded.tokens.maxTokens) : undefined);
    const blank: readonly TextGenerationOutput[] = Array.from({ length: count }, () => ({ generated_text: '' }));
    const shown = (outputs: readonly TextGenerationOutput[]): Prediction => {
      const first = firstOf(outputs, 'a result');
      // A line break becomes a space, so that every result is one line; JSON keeps it.
      const text = first.generated_text.replace(/[\r\n]+/g, ' ');
      const remark = note(first.is_truncated);
      return { text, json: count === 1 ? first : outputs, ...(remark !== undefined && { note: remark }) };
    };
    const predict = (lines: readonly string[]): Promise<Prediction[]> =>
      ofFilledLines(lines, shown(blank), async (prompts) =>
        (await generate(prompts, { ...options, return_full_text: isJson })).map(shown),
      );
    const stream = async (line: string, write: (text: string) => void): Promise<string | undefined> => {
      if (line.trim() === '') return undefined;
      const streamer = new TextStreamer(tokenizer, { callback_function: write, skip_prompt: true });
      return note(firstOf(await generate(line, { ...options, streamer }), 'a result').is_truncated);
    };
    const isSearch = (options.num_beams ?? model.generation_config.num_beams ?? 1) > 1;
    return { predict, ...(!isSearch && { stream }), dispose: () => generate.dispose() };
  };
};
