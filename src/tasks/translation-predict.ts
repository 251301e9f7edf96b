import { generationSettings } from './generation-setting.ts';
import { cutNote, isTooLong } from './long-text.ts';
import type { ModelSource } from './platform.ts';
import type { LinePredictor, Prediction } from './task.ts';
import { translationPipeline } from './translation-pipeline.ts';

/** A translator at work on lines: the best translation of each, with its score and tokens in `json`. */
export function translationPredictor(settings: readonly string[]): (source: ModelSource) => Promise<LinePredictor> {
  const config = generationSettings(settings);
  return async (source) => {
    const translator = await translationPipeline(source);
    const { maxTokens } = translator.model.loaded.tokens;
    const options = { ...config, num_return_sequences: 1, output_scores: true, truncation: true };
    const predict = async (lines: readonly string[]): Promise<Prediction[]> => {
      const results = await translator(lines, options);
      return results.map((result, at) => {
        // A line break inside a translation becomes a space, so that lines stay lines.
        const text = result.translation_text.replace(/[\r\n]+/g, ' ');
        const isCut = isTooLong(lines[at], translator.tokenizers.source, maxTokens);
        return { text, json: { ...result, translation_text: text }, ...(isCut && { note: cutNote(maxTokens) }) };
      });
    };
    return { predict, dispose: () => translator.dispose() };
  };
}
