import { InputError } from '../../io/error.ts';
import { cutNote } from '../model/long-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { LinePredictor, Prediction } from '../task.ts';

import { textClassificationPipeline } from './pipeline.ts';
import { classificationProblems } from './problems.ts';

const isBlank = (line: string): boolean => line.trim() === '';

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
    const predict = async (lines: readonly string[]): Promise<Prediction[]> => {
      const filled = lines.filter((line) => !isBlank(line));
      const results = filled.length > 0 ? await classify(filled, { top_k: null }) : [];
      const ofFilled = results.values();
      return lines.map((line) => {
        const scores = isBlank(line) ? undefined : ofFilled.next().value;
        if (!scores) return blank;
        const isCut = scores.some((one) => one.is_truncated);
        return { ...shown(scores), ...(isCut && { note: cutNote(tokens.maxTokens) }) };
      });
    };
    return { predict, dispose: () => classify.dispose() };
  };
}
