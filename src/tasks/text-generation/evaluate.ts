import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import type { DocumentKind } from '../../data/read/document.ts';
import { readText } from '../../data/read/plain-text.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { causalLoss } from '../../train/losses/causal.ts';
import { readHeddleFile } from '../folder/heddle-file.ts';
import { checkVocabularySize, loadTokenizers } from '../folder/tokenizer-folder.ts';
import { LossEvaluation } from '../model/loss-evaluation.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { EvaluateCall, Evaluation } from '../task.ts';
import { refuseTextOptions } from '../verbs/evaluate-option.ts';
import { withPrefix } from '../verbs/scored-set.ts';
import { LanguageModel } from './language-model.ts';
import { encodeLanguageText, startToken } from './language-text.ts';
import { languageScores } from './score.ts';

/** Tokens in a batch, and at most in a block. */
const tokensInBatch = 4096;
const longestBlock = 1024;

const trainedWith = z.looseObject({
  data: z.looseObject({ documents: z.enum(['text', 'lines']) }),
  train: z.looseObject({ block_size: z.int().min(1) }),
});

/** How a model's own texts were cut; where nothing tells, into all its positions, or 1,024 where they are more. */
async function usualCut(folder: Folder, maxTokens: number): Promise<{ kind: DocumentKind; block_size: number }> {
  const { data, train } = trainedWith.safeParse((await readHeddleFile(folder))?.recipe).data ?? {};
  return { kind: data?.documents ?? 'text', block_size: Math.min(train?.block_size ?? longestBlock, maxTokens) };
}

/**
 * Scores a language model on a text file, cut as the texts were that it was trained on; see `languageScores`.
 *
 * @throws {InputError} when the model, a setting or the file cannot be used.
 */
export async function evaluateTextFile(source: ModelSource, call: EvaluateCall): Promise<Evaluation> {
  const start = performance.now();
  const { data: files, settings } = call;
  refuseTextOptions('text-generation', call);
  if (settings.length > 0) {
    throw new InputError(
      `evaluate --set ${settings[0]}: expected no setting, which text-generation has none of, got one`,
    );
  }
  if (files.length > 1) throw new InputError(`evaluate --data: expected one text file, got ${files.length} files`);
  const model = await LanguageModel.load(source.folder, source.backend);
  const { source: tokenizer } = await loadTokenizers(source.folder);
  const { loaded, generation_config } = model;
  checkVocabularySize(source.folder.name, tokenizer.vocabSize, loaded.tokens.vocabulary);
  const { kind, block_size } = await usualCut(source.folder, loaded.tokens.maxTokens);
  const first = generation_config.bos_token_id ?? startToken(tokenizer, kind);
  const text = encodeLanguageText(await readText('', files[0]), kind, tokenizer, first);
  const evaluation = await LossEvaluation.make((root) => causalLoss(root, loaded.model, 0), source.backend);
  const options = { block_size, max_tokens_per_batch: tokensInBatch };
  const scores = await languageScores(evaluation, loaded.parameters, text, options).finally(() => evaluation.dispose());
  return {
    metrics: {
      ...withPrefix('eval', { ...scores }),
      eval_samples: Math.ceil((text.ids.length - 1) / block_size),
      eval_runtime: (performance.now() - start) / 1000,
    },
    notes: text.unknown > 0 ? [`${text.unknown} of ${text.ids.length - 1} tokens are <unk>`] : [],
  };
}
