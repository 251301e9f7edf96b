import * as z from 'zod';
import { check } from '../../io/check.ts';
import { wordSplitters } from '../../text/words/splitter.ts';
import type { ModelSource } from '../platform/platform.ts';
import { parseSetting, withSetting } from '../recipe/setting.ts';
import type { LinePredictor } from '../task.ts';
import {
  aggregationStrategies,
  shownTags,
  type TokenClassificationOptions,
  tokenClassificationPipeline,
} from './pipeline.ts';
import type { TaggedLine } from './tags/tag-entity.ts';

const settable: z.ZodType<TokenClassificationOptions> = z.strictObject({
  aggregation_strategy: z.enum(aggregationStrategies).optional(),
  ignore_labels: z.array(z.string()).optional(),
  is_split_into_words: z.boolean().optional(),
});

/** A note about a line that does not fit into the positions. */
function notesOf({ parts, cut }: TaggedLine, most: number): string | undefined {
  const notes = [
    ...(parts > 1 ? [`read in ${parts} parts of at most ${most} tokens`] : []),
    ...(cut.length > 0 ? [`${cut.length} words cut to the ${most} tokens of a part`] : []),
  ];
  return notes.length > 0 ? notes.join('; ') : undefined;
}

/** A tagger that processes lines: a tag for every word, separated by blanks; with `json` the pipeline's result. */
export function tokenClassificationPredictor(
  settings: readonly string[],
): (source: ModelSource) => Promise<LinePredictor> {
  const options = check(settable, settings.map(parseSetting).reduce<unknown>(withSetting, {}), '--set');
  return async (source) => {
    const classify = await tokenClassificationPipeline(source);
    const { model, tokens } = classify.model;
    const given = (lines: readonly string[]) =>
      options.is_split_into_words ? lines.map((line) => wordSplitters.whitespace(line).map(({ word }) => word)) : lines;
    return {
      predict: async (lines) =>
        (await classify.tag(given(lines), options)).map((line) => {
          const note = notesOf(line, tokens.maxTokens);
          return {
            text: line.tags.map(({ label }) => label).join(' '),
            json: shownTags(line, model.tagScheme, options),
            ...(note !== undefined && { note }),
          };
        }),
      dispose: () => classify.dispose(),
    };
  };
}
