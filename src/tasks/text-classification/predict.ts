import * as z from 'zod';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { recordedRecipe } from '../folder/recorded-recipe.ts';
import { ofFilledLines } from '../model/filled-line.ts';
import { emptyNote, lineNote } from '../model/line-note.ts';
import { cutNote } from '../model/long-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { LinePredictor, Prediction } from '../task.ts';
import { textClassificationPipeline } from './pipeline.ts';
import { classificationProblems } from './problems.ts';
import type { ClassifiedText } from './text-pair.ts';

/** A blank line is not classified: its result is blank too. */
const blank: Prediction = { text: '', json: { label: null, score: null } };

/** The columns of the training data in a model's recipe. */
const layout = z.looseObject({
  data: z
    .looseObject({
      train: z.looseObject({ columns: z.looseObject({ text_pair: z.unknown().optional() }).optional() }).optional(),
    })
    .optional(),
});

/** A line as a pair of texts. @throws {InputError} when it has not exactly one tab. */
function pairOf(line: string, where: string): ClassifiedText {
  const [text = '', text_pair, ...others] = line.split('\t');
  if (text_pair !== undefined && others.length === 0) return { text, text_pair };
  const start = JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
  const tabs = text_pair === undefined ? 'no tab' : `${others.length + 1} tabs`;
  throw new InputError(`${where}: expected two texts with a tab between them, got ${tabs}, in ${start}`);
}

/**
 * How a model reads lines: pairs if it was trained on pairs; without a recipe, a line with a tab is a pair.
 */
async function lineReader({ folder }: ModelSource): Promise<(line: string, where: string) => ClassifiedText> {
  const recipe = await recordedRecipe(folder, layout);
  if (!recipe) return (line, where) => (line.includes('\t') ? pairOf(line, where) : line);
  return recipe.data?.train?.columns?.text_pair === undefined ? (line) => line : pairOf;
}

/** A classifier that processes lines: the label of each; with `json` also its score. */
export function textClassificationPredictor(
  settings: readonly string[],
): (source: ModelSource) => Promise<LinePredictor> {
  if (settings.length > 0) {
    throw new InputError(`--set ${settings[0]}: text-classification takes no settings`);
  }
  return async (source) => {
    const read = await lineReader(source);
    const classify = await textClassificationPipeline(source);
    const { model, tokens } = classify.model;
    const { shown } = classificationProblems[model.problemType];
    return {
      predict: (lines, placeOf = (line) => `line ${line + 1}`) =>
        ofFilledLines(lines, blank, async (texts, numbers) => {
          const given = texts.map((text, at) => read(text, placeOf(itemAt(numbers, at, 'a line'))));
          return (await classify(given, { top_k: null })).map((scores) => {
            const { note, ...result } = shown(scores);
            const [cut, empty] = [scores.some((one) => one.is_truncated), scores.some((one) => one.is_empty)];
            const remarks = [note, cut ? cutNote(tokens.maxTokens) : undefined, empty ? emptyNote : undefined];
            return { ...result, ...lineNote(...remarks) };
          });
        }),
      dispose: () => classify.dispose(),
    };
  };
}
