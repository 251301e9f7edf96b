import { performance } from 'node:perf_hooks';
import * as z from 'zod';
import { documentNotes } from '../../data/read/document.ts';
import { readText } from '../../data/read/plain-text.ts';
import { InputError } from '../../io/error.ts';
import { traceLoss } from '../../models/heads/loss.ts';
import { checkVocabularySize, loadTokenizers } from '../folder/tokenizer-folder.ts';
import { evaluationOptions, refuseTextOptions } from '../model/evaluation-option.ts';
import { LossEvaluation } from '../model/loss-evaluation.ts';
import type { ModelSource } from '../platform/platform.ts';
import { parseSetting } from '../recipe/setting.ts';
import { withPrefix } from '../scored-set.ts';
import type { EvaluateCall, Evaluation } from '../task.ts';
import { LanguageModel } from './language-model.ts';
import { encodeLanguageText, startToken } from './language-text.ts';
import { textData, textLayout } from './recipe.ts';
import { languageScores } from './score.ts';

/** Tokens in a batch, and the most in a block. */
const tokensInBatch = 4096;
const longestBlock = 1024;

const cut = z.strictObject({ block_size: z.int().min(1).default(longestBlock) });

/**
 * The options of an evaluation. Without a recipe, a block has as many tokens as the model has positions, at most 1,024.
 */
const form = {
  recorded: z.looseObject({ data: textData, train: cut.loose().optional() }),
  usual: ({ data, train }: { readonly data: z.output<typeof textData>; readonly train?: z.output<typeof cut> }) => ({
    data: { documents: data.documents, max_unpacked_bytes: data.max_unpacked_bytes },
    train: { block_size: train?.block_size },
  }),
  options: z.strictObject({ data: textLayout.prefault({}), train: cut.prefault({}) }),
};

/**
 * Scores a language model on a text file, cut like the texts it was trained on; see `languageScores`.
 *
 * @throws {InputError} when the model, a setting or the file cannot be used.
 */
export async function evaluateTextFile(source: ModelSource, call: EvaluateCall): Promise<Evaluation> {
  const start = performance.now();
  const { data: files, settings } = call;
  const [file] = files;
  refuseTextOptions('text-generation', call);
  if (files.length > 1) throw new InputError(`evaluate --data: expected one text file, got ${files.length} files`);
  const chosen = await evaluationOptions(source.folder, settings.map(parseSetting), form);
  const { documents, max_unpacked_bytes } = chosen.data;
  const model = await LanguageModel.load(source.folder, source.backend);
  const { source: tokenizer } = await loadTokenizers(source.folder, source);
  const { loaded, generation_config } = model;
  checkVocabularySize(source.folder.name, tokenizer.vocabSize, loaded.tokens.vocabulary);
  const block_size = Math.min(chosen.train.block_size, loaded.tokens.maxTokens);
  const first = generation_config.bos_token_id ?? startToken(tokenizer, documents);
  const written = await readText('', file, { max_unpacked_bytes });
  const text = encodeLanguageText(written, documents, tokenizer, first);
  const evaluation = await LossEvaluation.make((root) => traceLoss(root, loaded.model), source.backend);
  const options = { block_size, max_tokens_per_batch: tokensInBatch };
  const scores = await languageScores(evaluation, loaded.parameters, text, options).finally(() => evaluation.dispose());
  return {
    metrics: {
      ...withPrefix('eval', { ...scores }),
      eval_samples: Math.ceil((text.ids.length - 1) / block_size),
      eval_runtime: (performance.now() - start) / 1000,
    },
    notes: [
      ...documentNotes(written, documents, file),
      ...(text.unknown > 0 ? [`${text.unknown} of ${text.ids.length - 1} tokens are <unk>`] : []),
    ],
  };
}
