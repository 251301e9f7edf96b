import { firstOf } from '../../io/item-at.ts';
import { languageNames } from '../folder/language-option.ts';
import { generationSettings, languageSettings, refuseMoreThanText } from '../model/generation-setting.ts';
import { cutNote } from '../model/long-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { LinePredictor, Prediction, TaskRow } from '../task.ts';
import { namedOutput, type TextToTextPipeline } from './pipeline.ts';

/**
 * A pipeline that processes lines: the best text for each; with `json` also its score and tokens, or a list of
 * `num_return_sequences` results.
 */
export const textToTextPredictor =
  (open: (source: ModelSource) => Promise<TextToTextPipeline>): TaskRow['predictor'] =>
  (settings, { json: isJson }) => {
    const { languages, others } = languageSettings(settings);
    const config = generationSettings(others, languageNames);
    if (!isJson) refuseMoreThanText('predict', config);
    return async (source): Promise<LinePredictor> => {
      const pipeline = await open(source);
      const { generation_config, loaded } = pipeline.model;
      const asked = config.num_return_sequences ?? generation_config.num_return_sequences ?? 1;
      const count = isJson ? asked : 1;
      const options = {
        ...config,
        ...languages,
        num_return_sequences: count,
        output_scores: config.output_scores ?? true,
      };
      const predict = async (lines: readonly string[]): Promise<Prediction[]> => {
        const results = await pipeline.writeEach(lines, options);
        return results.map((several) => {
          // A line break inside a result becomes a space, so that every result is one line.
          const written = several.map((one) => ({ ...one, text: one.text.replace(/[\r\n]+/g, ' ') }));
          const best = firstOf(written, 'a result');
          const named = (one: (typeof written)[number]) => namedOutput(pipeline.task, one);
          const json = count === 1 ? named(best) : written.map(named);
          return { text: best.text, json, ...(best.is_truncated && { note: cutNote(loaded.tokens.maxTokens) }) };
        });
      };
      return { predict, dispose: () => pipeline.dispose() };
    };
  };
