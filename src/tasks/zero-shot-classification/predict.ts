import * as z from 'zod';
import { check } from '../../io/check.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import { ofFilledLines } from '../model/filled-line.ts';
import { emptyNote, lineNote } from '../model/line-note.ts';
import { cutNote } from '../model/long-text.ts';
import { parseSetting, withSetting } from '../recipe/setting.ts';
import type { Prediction, UntrainedTask } from '../task.ts';
import { likelyLabels } from '../text-classification/label-score.ts';
import { candidateLabels, type ZeroShotClassificationOutput, zeroShotClassificationPipeline } from './pipeline.ts';

const settable = z.strictObject({
  hypothesis_template: z.string().optional(),
  multi_label: z.boolean().optional(),
});

/** A blank line is not classified. */
const blank: Prediction = { text: '', json: { sequence: '', labels: [], scores: [] } };

/** The best label, or of several labels that may be true those that are likelier than not, and what is said if none is. */
function shown({ labels, scores }: ZeroShotClassificationOutput, isMulti: boolean): Pick<Prediction, 'text' | 'note'> {
  if (!isMulti) return { text: firstOf(labels, 'a label') };
  const { found, ...note } = likelyLabels(labels.map((label, at) => ({ label, score: itemAt(scores, at, 'a score') })));
  return { text: found.map(({ label }) => label).join(','), ...note };
}

/** A classifier that processes lines with labels that it was not trained on; with `json` also their scores. */
export const zeroShotPredictor: UntrainedTask['labelPredictor'] = (given, settings) => {
  const options = check(settable, settings.map(parseSetting).reduce<unknown>(withSetting, {}), '--set');
  const labels = candidateLabels('--labels', given);
  return async (source) => {
    const classify = await zeroShotClassificationPipeline(source);
    const note = cutNote(classify.model.tokens.maxTokens);
    return {
      predict: (lines) =>
        ofFilledLines(lines, blank, async (texts) =>
          (await classify(texts, labels, options)).map((result) => {
            const { text, note: remark } = shown(result, options.multi_label ?? false);
            const remarks = [remark, result.is_truncated && note, result.is_empty && emptyNote];
            return { text, json: result, ...lineNote(...remarks) };
          }),
        ),
      dispose: () => classify.dispose(),
    };
  };
};
