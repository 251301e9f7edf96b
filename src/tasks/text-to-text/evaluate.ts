import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { type EncodedPairs, encodePairs } from '../../data/batch/encode.ts';
import { type ParallelText, readParallel } from '../../data/read/parallel.ts';
import type { GenerationConfig } from '../../decode/settings/generation-config.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { knownName } from '../../measure/option.ts';
import { bleuTokenizers } from '../../measure/translation/bleu-tokenizer.ts';
import type { Backend } from '../../runtime/backend.ts';
import { readHeddleFile } from '../folder/heddle-file.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { EvaluateCall, Evaluation } from '../task.ts';
import { generationSettings } from '../verbs/generation-setting.ts';
import { withPrefix } from '../verbs/scored-set.ts';
import { type TextToTextTask, textToTextKinds } from './kinds.ts';
import type { TextToTextPipeline } from './pipeline.ts';
import type { TextScoreOptions } from './score.ts';
import { SequenceEvaluation } from './sequence-evaluation.ts';

/** How a model that writes texts is scored. */
export interface TextToTextEvaluateOptions extends TextScoreOptions {
  readonly generation?: GenerationConfig;
  /** Target tokens in a batch of the loss, padding counted. Default 4096. */
  readonly max_tokens_per_batch?: number;
}

const tokensInBatch = 4096;

/**
 * Scores a model that writes texts on pairs: loss in nats a token, and the scores of its task.
 *
 * A side with more tokens than the model has positions is cut, and the notes tell how many.
 */
export async function evaluateTextToText(
  pipeline: TextToTextPipeline,
  text: ParallelText,
  backend: Backend,
  { generation = {}, max_tokens_per_batch = tokensInBatch, ...options }: TextToTextEvaluateOptions = {},
): Promise<Evaluation> {
  const start = performance.now();
  const { loaded } = pipeline.model;
  const { maxTokens, padTokenId, decoderStartTokenId } = loaded.tokens;
  const pairs = encodePairs(text, pipeline.tokenizers, { max_length: maxTokens });
  const batchTokens = { sourcePadId: padTokenId, targetPadId: padTokenId, decoderStartTokenId };
  const evaluation = await SequenceEvaluation.make(loaded.model, backend);
  const room = Math.max(max_tokens_per_batch, longestText(pairs));
  const eval_loss = await evaluation
    .loss(loaded.parameters, pairs, batchTokens, room)
    .finally(() => evaluation.dispose());
  const written = await pipeline.write(text.source, {
    ...generation,
    num_return_sequences: 1,
    output_scores: false,
    truncation: true,
  });
  const hypotheses = written.map((one) => one.text);
  const { scores, warnings } = textToTextKinds[pipeline.task].scorer.score(hypotheses, text.target, options);
  const metrics = {
    eval_loss,
    ...withPrefix('eval', scores),
    eval_samples: text.source.length,
    eval_runtime: (performance.now() - start) / 1000,
  };
  const cut = Object.entries(pairs.truncated).filter(([, count]) => count > 0);
  const notes = cut.map(([side, count]) => `${count} of the ${side} texts are cut to ${maxTokens} tokens`);
  const samples = hypotheses.map((output, i) => ({ input: text.source[i], output, reference: text.target[i] }));
  return { metrics, notes: [...notes, ...warnings], samples };
}

/** Tokens of the longest side of a pair, which must fit into a batch. */
function longestText({ source, target }: EncodedPairs): number {
  return [...source, ...target].reduce((most, { length }) => Math.max(most, length), 0);
}

const names = z.object({ source: z.string(), target: z.string() });
const table = z.looseObject({ columns: z.unknown(), format: z.enum(['csv', 'tsv', 'jsonl']).optional() });

const trainedOn = z.looseObject({
  data: z.looseObject({ train: table, validation: table.optional(), test: table.optional() }),
  train: z.looseObject({ rouge_tokenize: z.string().optional(), unit: z.string().optional() }),
});

/** What other data and other scores of a model are likely to be like, from its recipe. */
async function usual(folder: Folder) {
  const { data, train } = trainedOn.safeParse((await readHeddleFile(folder))?.recipe).data ?? {};
  const layout = data?.test ?? data?.validation ?? data?.train;
  const columns = names.safeParse(layout?.columns).data;
  return {
    columns: columns ?? { source: 0, target: 1 },
    ...(columns && layout?.format && { format: layout.format }),
    /** BLEU's words apart, which `--tokenize` tells. */
    scores: train ? { rouge_tokenize: train.rouge_tokenize, unit: train.unit } : {},
  };
}

/**
 * Scores a model that writes texts on two files of equally many lines, or one table whose columns are those that the
 * model's recipe names, else source and target first.
 *
 * @throws {InputError} when the model, a setting or a file cannot be used.
 */
export async function evaluateTextToTextFiles(
  open: (source: ModelSource) => Promise<TextToTextPipeline>,
  modelSource: ModelSource,
  call: EvaluateCall,
): Promise<Evaluation> {
  const { data, settings, page: _, ...options } = call;
  if (options.tokenize !== undefined) knownName('evaluate', 'tokenize', bleuTokenizers, options.tokenize);
  const generation = generationSettings(settings);
  const [source, target, ...more] = data;
  if (more.length > 0) {
    throw new InputError(`evaluate --data: expected SOURCE and TARGET, or one table, got ${data.length} files`);
  }
  const { scores, ...layout } = await usual(modelSource.folder);
  const entry = target === undefined ? { ...layout, file: source } : { source, target };
  const text = await readParallel('', entry);
  const pipeline = await open(modelSource);
  try {
    checkOptions(pipeline.task, options);
    return await evaluateTextToText(pipeline, text, modelSource.backend, { ...scores, ...options, generation });
  } finally {
    await pipeline.dispose();
  }
}

function checkOptions(task: TextToTextTask, { tokenize }: TextScoreOptions): void {
  if (tokenize === undefined || textToTextKinds[task].scorer.options.includes('tokenize')) return;
  throw new InputError(`evaluate --tokenize: expected a model that is scored by BLEU, got one for ${task}`);
}
