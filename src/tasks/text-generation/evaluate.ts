import * as z from 'zod';
import { documentNotes } from '../../data/read/document.ts';
import { readText } from '../../data/read/plain-text.ts';
import { evaluationOptions } from '../model/evaluation-option.ts';
import { tokensInBatch } from '../model/queued-program.ts';
import { layoutOfText, runningTextLayout } from '../recipe/running-text.ts';
import { fileEvaluation } from '../run/file-evaluation.ts';
import { loadLanguageModel } from './language-model.ts';
import { encodeLanguageText, startToken } from './language-text.ts';
import { textData } from './recipe.ts';
import { blockedText, languageEvaluator } from './score.ts';

/** The most tokens in a block. */
const longestBlock = 1024;

const cut = z.strictObject({ block_size: z.int().min(1).default(longestBlock) });

/**
 * The options of an evaluation. Without a recipe, a block has as many tokens as the model has positions, at most 1,024.
 */
const form = {
  recorded: z.looseObject({ data: textData, train: cut.loose().optional() }),
  usual: ({ data, train }: { readonly data: z.output<typeof textData>; readonly train?: z.output<typeof cut> }) => ({
    data: layoutOfText(data),
    train: { block_size: train?.block_size },
  }),
  options: z.strictObject({ data: runningTextLayout.prefault({}), train: cut.prefault({}) }),
};

/** Scores a language model on a text file, cut like the texts it was trained on; see {@link languageEvaluator}. */
export const evaluateTextFile = fileEvaluation('text-generation', 'text file', async (source, file, settings) => {
  const chosen = await evaluationOptions(source.folder, settings, form);
  const { documents, max_unpacked_bytes } = chosen.data;
  const { model, tokenizer } = await loadLanguageModel(source);
  const { loaded, generation_config } = model;
  const block_size = Math.min(chosen.train.block_size, loaded.tokens.maxTokens);
  const first = generation_config.bos_token_id ?? startToken(tokenizer, documents);
  const written = await readText('', file, { max_unpacked_bytes });
  const text = encodeLanguageText(written, documents, tokenizer, first);
  return {
    model: loaded,
    set: blockedText(text, block_size),
    evaluator: (engine) => languageEvaluator(loaded.model, engine, { block_size, max_tokens_per_batch: tokensInBatch }),
    notes: [
      ...documentNotes(written, documents, file),
      ...(text.unknown > 0 ? [`${text.unknown} of ${text.ids.length - 1} tokens are <unk>`] : []),
    ],
  };
});
