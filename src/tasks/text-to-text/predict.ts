import { cutNote, isTooLong } from '../model/long-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { LinePredictor, Prediction, TaskRow } from '../task.ts';
import { generationSettings } from '../verbs/generation-setting.ts';
import { namedOutput, type TextToTextPipeline } from './pipeline.ts';

/** A pipeline at work on lines: the best text for each, with its score and tokens in `json`. */
export const textToTextPredictor =
  (open: (source: ModelSource) => Promise<TextToTextPipeline>): TaskRow['predictor'] =>
  (settings) => {
    const config = generationSettings(settings);
    return async (source): Promise<LinePredictor> => {
      const pipeline = await open(source);
      const { maxTokens } = pipeline.model.loaded.tokens;
      const options = { ...config, num_return_sequences: 1, output_scores: true, truncation: true };
      const predict = async (lines: readonly string[]): Promise<Prediction[]> => {
        const results = await pipeline.write(lines, options);
        return results.map((result, at) => {
          // A line break inside a result becomes a space, so that lines stay lines.
          const text = result.text.replace(/[\r\n]+/g, ' ');
          const isCut = isTooLong(lines[at], pipeline.tokenizers.source, maxTokens);
          const json = namedOutput(pipeline.task, { ...result, text });
          return { text, json, ...(isCut && { note: cutNote(maxTokens) }) };
        });
      };
      return { predict, dispose: () => pipeline.dispose() };
    };
  };
