import * as z from 'zod';
import { check } from '../../io/check.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { ofFilledLines } from '../model/filled-line.ts';
import { cutNote } from '../model/long-text.ts';
import { parseSetting, withSetting } from '../recipe/setting.ts';
import type { LinePredictor, Prediction, TaskRow } from '../task.ts';
import { type FilledText, openFiller } from './filler.ts';
import { outputOf } from './pipeline.ts';

const settable = z.strictObject({ top_k: z.int().min(1).default(5) });

/** A blank line has no mask: its result is blank too. */
const blank: Prediction = { text: '', json: [] };

/** The text with the likeliest token in place of every mask, without the template's special tokens. */
function completed({ ids, masks }: FilledText, tokenizer: Tokenizer): string {
  const written = [...ids];
  for (const { place, candidates } of masks) written[place] = firstOf(candidates, 'a token').token;
  // A line break becomes a space, so that every result is one line.
  return tokenizer.decode(written, { skip_special_tokens: true }).replace(/[\r\n]+/g, ' ');
}

/**
 * A masked language model that processes lines: each with its masks filled; with `json` the pipeline's result.
 */
export const fillMaskPredictor: TaskRow['predictor'] = (settings) => {
  const { top_k } = check(settable, settings.map(parseSetting).reduce<unknown>(withSetting, {}), '--set');
  return async (source): Promise<LinePredictor> => {
    const filler = await openFiller(source);
    const { model, tokenizer } = filler;
    const shown = (filled: FilledText): Prediction => ({
      text: completed(filled, tokenizer),
      json: outputOf(filled, tokenizer),
      ...(filled.isCut && { note: cutNote(model.tokens.maxTokens) }),
    });
    return {
      predict: (lines, placeOf = (line) => `line ${line + 1}`) =>
        ofFilledLines(lines, blank, async (texts, numbers) => {
          const where = (text: number) => placeOf(itemAt(numbers, text, 'a line'));
          return (await filler.fill(texts, { top_k }, where)).map(shown);
        }),
      dispose: () => filler.dispose(),
    };
  };
};
