import * as z from 'zod';
import { documentNotes } from '../../data/read/document.ts';
import { readText } from '../../data/read/plain-text.ts';
import { evaluationOptions } from '../model/evaluation-option.ts';
import { layoutOfText, runningTextLayout } from '../recipe/running-text.ts';
import { fileEvaluation } from '../run/file-evaluation.ts';
import { rowEvaluator } from '../run/row-task.ts';
import { loadMaskedLm } from './loaded-model.ts';
import { maskedLmTask } from './masked-model.ts';
import { maskedData, windowFields } from './recipe.ts';
import { windowedText } from './text-window.ts';

const train = z.strictObject(windowFields);

/** The options of an evaluation. */
const form = {
  recorded: z.looseObject({ data: maskedData, train: train.loose().optional() }),
  usual: (recipe: { readonly data: z.output<typeof maskedData>; readonly train?: z.output<typeof train> }) => {
    const { max_length, mlm_probability, seed } = recipe.train ?? {};
    return { data: layoutOfText(recipe.data), train: { max_length, mlm_probability, seed } };
  },
  options: z.strictObject({ data: runningTextLayout.prefault({}), train: train.prefault({}) }),
};

/** Scores a masked language model on a text file, cut and hidden like the texts it was trained on. */
export const evaluateMaskedFile = fileEvaluation('fill-mask', 'text file', async (source, file, settings) => {
  const chosen = await evaluationOptions(source.folder, settings, form);
  const { documents, max_unpacked_bytes } = chosen.data;
  const { model, tokenizer, maskId } = await loadMaskedLm(source);
  const { mlm_probability, seed } = chosen.train;
  const max_length = Math.min(chosen.train.max_length, model.tokens.maxTokens);
  const written = await readText('', file, { max_unpacked_bytes });
  const set = windowedText(written, { documents, max_length, file }, tokenizer);
  const options = { mlm_probability, maskId, vocabulary: tokenizer.vocabSize, seed };
  return {
    model,
    set,
    evaluator: (engine) => rowEvaluator((form) => maskedLmTask(form, options), model, engine),
    notes: [
      ...documentNotes(written, documents, file),
      ...(set.empty > 0 ? [`${set.empty} texts left out, which have no known token`] : []),
      ...(set.unknown > 0 ? [`${set.unknown} of ${set.tokens} tokens are unknown`] : []),
    ],
  };
});
