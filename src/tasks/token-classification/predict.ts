import { z } from 'zod';
import { check } from '../../io/check.ts';
import type { ModelSource } from '../platform/platform.ts';
import { parseSetting, withSetting } from '../recipe/setting.ts';
import type { LinePredictor } from '../task.ts';
import {
  aggregationStrategies,
  shownTags,
  type TokenClassificationOptions,
  tokenClassificationPipeline,
} from './pipeline.ts';

const settable: z.ZodType<TokenClassificationOptions> = z.strictObject({
  aggregation_strategy: z.enum(aggregationStrategies).optional(),
  ignore_labels: z.array(z.string()).optional(),
});

/** A tagger at work on lines: a tag for every word, blanks between them; in `json` what the pipeline gives. */
export function tokenClassificationPredictor(
  settings: readonly string[],
): (source: ModelSource) => Promise<LinePredictor> {
  const options = check(settable, settings.map(parseSetting).reduce<unknown>(withSetting, {}), '--set');
  return async (source) => {
    const classify = await tokenClassificationPipeline(source);
    const { model, tokens } = classify.model;
    return {
      predict: async (lines) =>
        (await classify.tag(lines)).map((line) => ({
          text: line.tags.map(({ label }) => label).join(' '),
          json: shownTags(line, model.tagScheme, options),
          ...(line.parts > 1 && { note: `read in ${line.parts} parts of at most ${tokens.maxTokens} tokens` }),
        })),
      dispose: () => classify.dispose(),
    };
  };
}
