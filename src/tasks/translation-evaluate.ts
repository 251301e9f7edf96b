import { performance } from 'node:perf_hooks';
import { encodePairs } from '../data/encode.ts';
import { type ParallelText, readParallel } from '../data/parallel.ts';
import type { GenerationConfig } from '../decode/generation-config.ts';
import { InputError } from '../io/error.ts';
import { bleuTokenizers } from '../measure/bleu-tokenizer.ts';
import { knownName } from '../measure/option.ts';
import type { Backend } from '../runtime/backend.ts';
import { generationSettings } from './generation-setting.ts';
import type { ModelSource } from './platform.ts';
import { SequenceEvaluation } from './sequence-evaluation.ts';
import type { EvaluateCall, Evaluation } from './task.ts';
import { type TranslationPipeline, translationPipeline } from './translation-pipeline.ts';
import { type TextScoreOptions, translationScores } from './translation-score.ts';

/** How a translator is scored. */
export interface TranslationEvaluateOptions extends TextScoreOptions {
  readonly generation?: GenerationConfig;
  /** Target tokens in a batch of the loss, padding counted. Default 4096. */
  readonly max_tokens_per_batch?: number;
}

const tokensInBatch = 4096;

/**
 * Scores a translator on parallel text: loss in nats a token, BLEU with signature, chrF, exact match.
 *
 * A side with more tokens than the model has positions is cut, and the notes tell how many.
 */
export async function evaluateTranslation(
  translator: TranslationPipeline,
  text: ParallelText,
  backend: Backend,
  { generation = {}, max_tokens_per_batch = tokensInBatch, ...options }: TranslationEvaluateOptions = {},
): Promise<Evaluation> {
  const start = performance.now();
  const { loaded } = translator.model;
  const { maxTokens, padTokenId, decoderStartTokenId } = loaded.tokens;
  const pairs = encodePairs(text, translator.tokenizers, { max_length: maxTokens });
  const batchTokens = { sourcePadId: padTokenId, targetPadId: padTokenId, decoderStartTokenId };
  const evaluation = await SequenceEvaluation.make(loaded.model, backend);
  const room = Math.max(max_tokens_per_batch, maxTokens);
  const eval_loss = await evaluation
    .loss(loaded.parameters, pairs, batchTokens, room)
    .finally(() => evaluation.dispose());
  const outputs = await translator(text.source, {
    ...generation,
    num_return_sequences: 1,
    output_scores: false,
    truncation: true,
  });
  const hypotheses = outputs.map(({ translation_text }) => translation_text);
  const { warnings, ...scores } = translationScores(hypotheses, text.target, options);
  const metrics = {
    eval_loss,
    ...Object.fromEntries(Object.entries(scores).map(([name, score]) => [`eval_${name}`, score])),
    eval_samples: text.source.length,
    eval_runtime: (performance.now() - start) / 1000,
  };
  const cut = Object.entries(pairs.truncated).filter(([, count]) => count > 0);
  const notes = cut.map(([side, count]) => `${count} of the ${side} texts are cut to ${maxTokens} tokens`);
  return { metrics, notes: [...notes, ...warnings] };
}

/**
 * Scores a translator on two files of equally many lines, or one TSV whose first two columns are source and target.
 *
 * @throws {InputError} when the model, a setting or a file cannot be used.
 */
export async function evaluateTranslationFiles(modelSource: ModelSource, call: EvaluateCall): Promise<Evaluation> {
  const { data, settings, ...options } = call;
  if (options.tokenize !== undefined) knownName('evaluate', 'tokenize', bleuTokenizers, options.tokenize);
  const generation = generationSettings(settings);
  const [source, target, ...more] = data;
  if (more.length > 0) {
    throw new InputError(`evaluate --data: expected SOURCE and TARGET, or one TSV, got ${data.length} files`);
  }
  const entry = target === undefined ? { file: source, columns: { source: 0, target: 1 } } : { source, target };
  const text = await readParallel('', entry);
  const translator = await translationPipeline(modelSource);
  try {
    return await evaluateTranslation(translator, text, modelSource.backend, { ...options, generation });
  } finally {
    await translator.dispose();
  }
}
