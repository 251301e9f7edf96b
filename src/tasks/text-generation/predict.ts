import { TextStreamer } from '../../decode/stream/text-streamer.ts';
import { cutNote, isTooLong } from '../model/long-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { LinePredictor, Prediction } from '../task.ts';
import { generationSettings } from '../verbs/generation-setting.ts';
import { textGenerationPipeline } from './pipeline.ts';

/** A line without text is no prompt: its result is blank too. */
const isBlank = (line: string): boolean => line.trim() === '';

/** A language model at work on lines: the continuation of each, in `json` behind its prompt. */
export function textGenerationPredictor(settings: readonly string[]): (source: ModelSource) => Promise<LinePredictor> {
  const config = generationSettings(settings);
  return async (source) => {
    const generate = await textGenerationPipeline(source);
    const { tokenizer, model } = generate;
    const { maxTokens } = model.loaded.tokens;
    const noteOf = (line: string) => (isTooLong(line, tokenizer, maxTokens) ? cutNote(maxTokens) : undefined);
    const options = { ...config, num_return_sequences: 1 };
    const predict = async (lines: readonly string[]): Promise<Prediction[]> => {
      const prompts = lines.filter((line) => !isBlank(line));
      const written = prompts.length > 0 ? await generate(prompts, { ...options, return_full_text: false }) : [];
      let next = 0;
      return lines.map((line) => {
        if (isBlank(line)) return { text: '', json: { generated_text: '' } };
        const [{ generated_text: added }] = written[next++];
        const note = noteOf(line);
        // A line break becomes a space, so that lines stay lines; JSON keeps it.
        const text = added.replace(/[\r\n]+/g, ' ');
        return { text, json: { generated_text: line + added }, ...(note !== undefined && { note }) };
      });
    };
    const stream = async (line: string, write: (text: string) => void): Promise<string | undefined> => {
      if (isBlank(line)) return undefined;
      const streamer = new TextStreamer(tokenizer, { callback_function: write, skip_prompt: true });
      await generate(line, { ...options, streamer });
      return noteOf(line);
    };
    const isSearch = (options.num_beams ?? model.generation_config.num_beams ?? 1) > 1;
    return { predict, ...(!isSearch && { stream }), dispose: () => generate.dispose() };
  };
}
