import { InputError } from '../../io/error.ts';
import { ofFilledLines } from '../model/filled-line.ts';
import { cutNote } from '../model/long-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { LinePredictor, Prediction } from '../task.ts';
import { textClassificationPipeline } from './pipeline.ts';
import { classificationProblems } from './problems.ts';

/** A blank line is not classified: its result is blank too. */
const blank: Prediction = { text: '', json: { label: null, score: null } };

/** A classifier that processes lines: the label of each; with `json` also its score. */
export function textClassificationPredictor(
  settings: readonly string[],
): (source: ModelSource) => Promise<LinePredictor> {
  if (settings.length > 0) {
    throw new InputError(`--set ${settings[0]}: text-classification takes no settings`);
  }
  return async (source) => {
    const classify = await textClassificationPipeline(source);
    const { model, tokens } = classify.model;
    const { shown } = classificationProblems[model.problemType];
    const predict = (lines: readonly string[]): Promise<Prediction[]> =>
      ofFilledLines(lines, blank, async (texts) =>
        (await classify(texts, { top_k: null })).map((scores) => ({
          ...shown(scores),
          ...(scores.some((one) => one.is_truncated) && { note: cutNote(tokens.maxTokens) }),
        })),
      );
    return { predict, dispose: () => classify.dispose() };
  };
}
