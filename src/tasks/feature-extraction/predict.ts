import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { ofFilledLines } from '../model/filled-line.ts';
import { emptyNote, lineNote } from '../model/line-note.ts';
import { cutNote } from '../model/long-text.ts';
import { parseSetting, withSetting } from '../recipe/setting.ts';
import type { LinePredictor, Prediction, TaskRow } from '../task.ts';
import { openEmbedder } from './embedder.ts';
import { embedOptions } from './pipeline.ts';
import { poolingModeNames } from './pooling-mode.ts';

const settable = z.strictObject({
  pooling: z.enum(['none', ...poolingModeNames]).optional(),
  normalize: z.boolean().optional(),
});

/** A blank line has no vector. */
const blank: Prediction = { text: '', json: [] };

/** Vectors of `width` numbers, one after the other. */
const listed = (vectors: Float32Array, width: number): number[][] =>
  Array.from({ length: vectors.length / width }, (_, at) => Array.from(vectors.subarray(at * width, (at + 1) * width)));

/** An encoder that processes lines: the numbers of each line's vector, with blanks between them; with `json` a list. */
export const sentencePredictor: TaskRow['predictor'] = (settings, { json }) => {
  const given = check(settable, settings.map(parseSetting).reduce<unknown>(withSetting, {}), '--set');
  return async (source): Promise<LinePredictor> => {
    const embedder = await openEmbedder(source);
    const { model, sentence, maxTokens } = embedder;
    const options = embedOptions('predict', given, sentence);
    if (options.pooling === null && !json) {
      await embedder.dispose();
      throw new InputError(
        `${source.folder.name}: expected a pooling (--set pooling=mean) or --json, because the vectors of tokens do not fit into a line, got neither`,
      );
    }
    const { width } = model.model;
    const note =
      maxTokens < model.tokens.maxTokens
        ? `cut to ${maxTokens} tokens, the folder's max_seq_length`
        : cutNote(maxTokens);
    return {
      predict: (lines) =>
        ofFilledLines(lines, blank, async (texts) =>
          (await embedder.embed(texts, options)).map(({ vectors, isCut, isEmpty }) => ({
            text: vectors.join(' '),
            json: options.pooling === null ? listed(vectors, width) : Array.from(vectors),
            ...lineNote(isCut ? note : undefined, isEmpty ? emptyNote : undefined),
          })),
        ),
      dispose: () => embedder.dispose(),
    };
  };
};
