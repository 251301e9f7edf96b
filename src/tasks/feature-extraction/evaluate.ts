import * as z from 'zod';
import { evaluationOptions } from '../model/evaluation-option.ts';
import { layoutOf } from '../recipe/layout.ts';
import { fileEvaluation } from '../run/file-evaluation.ts';
import { encodeSentences, readSentences, setNotes } from './data.ts';
import { sentenceEvaluator } from './evaluator.ts';
import { loadEncoder } from './loaded-encoder.ts';
import { embeddingPart, rankingFields, sentenceData, sentenceLayout } from './recipe.ts';

const train = z.strictObject(rankingFields);
const embedding = embeddingPart.pick({ pooling: true });

/** The options of an evaluation. */
const form = (file: string) => ({
  recorded: z.looseObject({ data: sentenceData, train: train.loose().optional() }),
  usual({
    data,
    train: { scale, symmetric } = { scale: undefined, symmetric: undefined },
  }: {
    readonly data: z.output<typeof sentenceData>;
    readonly train?: Partial<z.output<typeof train>> | undefined;
  }) {
    return { data: layoutOf(data, file) as z.input<typeof sentenceLayout>, train: { scale, symmetric } };
  },
  options: z.strictObject({
    data: sentenceLayout,
    train: train.prefault({}),
    embedding: embedding.prefault({}),
  }),
});

/**
 * Scores an encoder on a table of pairs or of labelled texts. The columns come from settings such as
 * `data.columns.text=…`, else from the model's recipe.
 */
export const evaluateSentences = fileEvaluation('feature-extraction', 'table', async (source, file, settings) => {
  const { model, tokenizer, sentence, maxTokens } = await loadEncoder(source);
  const chosen = await evaluationOptions(source.folder, settings, form(file));
  const { max_unpacked_bytes, ...layout } = chosen.data;
  const text = await readSentences('', { ...layout, file }, { max_unpacked_bytes });
  const set = encodeSentences(text, { tokenizer, max_length: maxTokens, file });
  const pooling = chosen.embedding.pooling ?? sentence?.pooling ?? 'mean';
  return {
    model,
    set,
    evaluator: (engine) => sentenceEvaluator(model, { ...chosen.train, pooling }, engine),
    notes: [...text.notes, ...setNotes(set, `${maxTokens} tokens`)],
  };
});
