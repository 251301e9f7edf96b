import { performance } from 'node:perf_hooks';
import * as z from 'zod';
import { type EncodedPairs, encodePairs } from '../../data/batch/encode.ts';
import { type ParallelText, readParallel } from '../../data/read/parallel.ts';
import type { GenerationConfig } from '../../decode/settings/generation-config.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { itemAt } from '../../io/item-at.ts';
import { knownName } from '../../measure/option.ts';
import { bleuTokenizers } from '../../measure/translation/bleu-tokenizer.ts';
import type { Backend } from '../../runtime/backend.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import { refuseDivergedLoss } from '../../train/run/finite.ts';
import { inLanguages, type LanguageOptions, languageNames } from '../folder/language-option.ts';
import { recordedRecipe } from '../folder/recorded-recipe.ts';
import { withUsualPadding } from '../model/engine-padding.ts';
import { evaluationOptions } from '../model/evaluation-option.ts';
import { generationSettings, languageSettings, refuseMoreThanText } from '../model/generation-setting.ts';
import type { ModelSource } from '../platform/platform.ts';
import { layoutOf } from '../recipe/layout.ts';
import { parseSetting, type Setting } from '../recipe/setting.ts';
import { evaluationOf } from '../run/file-evaluation.ts';
import type { EvaluateCall, Evaluation } from '../task.ts';
import { compareTexts, comparingRecipe, comparisonOf } from './comparison.ts';
import { type TextToTextTask, textToTextKinds } from './kinds.ts';
import type { TextToTextPipeline } from './pipeline.ts';
import { fileLayout, pairLayout, parallelData } from './recipe-pair.ts';
import type { TextScoreOptions } from './score.ts';
import { batchTokens } from './sequence-batch.ts';
import { SequenceEvaluation } from './sequence-evaluation.ts';

/** How to score a model that writes texts. */
export interface TextToTextEvaluateOptions extends TextScoreOptions {
  readonly generation?: GenerationConfig | undefined;
  readonly languages?: LanguageOptions | undefined;
  /** Target tokens in a batch of the loss, padding included. Default 4096. */
  readonly max_tokens_per_batch?: number | undefined;
}

const tokensInBatch = 4096;

/** The loss of a finished model, its weights in the form in which it runs: int8 ones are products of integers here too. */
async function sequenceLoss(
  loaded: TextToTextPipeline['model']['loaded'],
  pairs: EncodedPairs,
  maxTokens: number,
  backend: Backend,
): Promise<number> {
  const weights = new SharedWeights(backend, loaded.parameters);
  try {
    const evaluation = await SequenceEvaluation.make(loaded.model, weights);
    const tokens = batchTokens(withUsualPadding(loaded, backend, maxTokens));
    return await evaluation.loss(new Map(), pairs, tokens, maxTokens).finally(() => evaluation.dispose());
  } finally {
    await weights.dispose();
  }
}

/**
 * Scores a model that writes texts on pairs: the loss in nats per token, and the scores of its task.
 *
 * A side with more tokens than the model has positions is cut; the notes say how many were.
 */
export async function evaluateTextToText(
  pipeline: TextToTextPipeline,
  text: ParallelText,
  backend: Backend,
  { generation = {}, languages = {}, max_tokens_per_batch = tokensInBatch, ...options }: TextToTextEvaluateOptions = {},
): Promise<Evaluation> {
  const start = performance.now();
  refuseMoreThanText('evaluate', generation);
  const { loaded } = pipeline.model;
  const { maxTokens } = loaded.tokens;
  const spoken = inLanguages(pipeline.tokenizers, languages, (option) => `evaluate: ${option}`);
  const pairs = encodePairs(text, spoken, { max_length: maxTokens });
  const room = Math.max(max_tokens_per_batch, longestText(pairs));
  const loss = await sequenceLoss(loaded, pairs, room, backend);
  // Such weights cannot write texts.
  refuseDivergedLoss('evaluate', 'eval_loss', loss);
  const written = await pipeline.write(text.source, {
    ...generation,
    ...languages,
    num_return_sequences: 1,
    output_scores: false,
  });
  const hypotheses = written.map((one) => one.text);
  const { scorer } = textToTextKinds[pipeline.task];
  const { scores, warnings } = compareTexts(scorer, hypotheses, text.target, options);
  const cut = Object.entries(pairs.truncated).filter(([, count]) => count > 0);
  const notes = cut.map(([side, count]) => `${count} ${side} texts are cut to ${maxTokens} tokens`);
  const samples = text.source.map((input, i) => ({
    input,
    output: itemAt(hypotheses, i, 'a text'),
    reference: itemAt(text.target, i, 'a text'),
  }));
  const allNotes = [...(text.notes ?? []), ...notes, ...warnings];
  return evaluationOf(start, { loss, ...scores }, text.source.length, { notes: allNotes, samples });
}

/** Tokens of the longest side of any pair, which must fit into a batch. */
function longestText({ source, target }: EncodedPairs): number {
  return [...source, ...target].reduce((most, { length }) => Math.max(most, length), 0);
}

/** The options of an evaluation for its data: a table, or two files. */
const tableForm = (file: string) => ({
  recorded: z.looseObject({ data: parallelData }),
  usual: ({ data }: { readonly data: z.output<typeof parallelData> }) => ({ data: layoutOf(data, file) }),
  options: z.strictObject({ data: pairLayout.prefault({}) }),
});
const filesForm = {
  recorded: z.looseObject({ data: parallelData }),
  usual: ({ data: { max_unpacked_bytes } }: { readonly data: z.output<typeof parallelData> }) => ({
    data: { max_unpacked_bytes },
  }),
  options: z.strictObject({ data: fileLayout.prefault({}) }),
};

/** Reads two files or one table, according to the model's recipe and the settings of `data`. */
async function readPairs(
  folder: Folder,
  [source, target]: EvaluateCall['data'],
  settings: readonly Setting[],
): Promise<ParallelText> {
  if (target !== undefined) {
    const { data } = await evaluationOptions(folder, settings, filesForm);
    return readParallel('', { source, target }, data);
  }
  const { max_unpacked_bytes, ...layout } = (await evaluationOptions(folder, settings, tableForm(source))).data;
  return readParallel('', { file: source, ...layout }, { max_unpacked_bytes });
}

/**
 * Scores a model that writes texts on two files with the same number of lines, or on one table with the columns of the
 * model's recipe, else source and target first. Texts are compared as in the recipe, unless `tokenize` or `lowercase`
 * is set.
 *
 * @throws {InputError} when the model, a setting or a file cannot be used.
 */
export async function evaluateTextToTextFiles(
  open: (source: ModelSource) => Promise<TextToTextPipeline>,
  modelSource: ModelSource,
  call: EvaluateCall,
): Promise<Evaluation> {
  const { data, settings, tokenize, lowercase } = call;
  if (tokenize !== undefined) knownName('evaluate', 'tokenize', bleuTokenizers, tokenize);
  const isOfData = (setting: string) => parseSetting(setting).path[0] === 'data';
  const { languages, others } = languageSettings(settings.filter((setting) => !isOfData(setting)));
  const generation = generationSettings(others, ['data.NAME', ...languageNames]);
  if (data.length > 2) {
    throw new InputError(`evaluate --data: expected SOURCE and TARGET, or one table, got ${data.length} files`);
  }
  if (data.length === 2 && data[0] === data[1]) {
    throw new InputError(`evaluate --data: expected two different files, got ${data[0]} twice`);
  }
  const recipe = (await recordedRecipe(modelSource.folder, comparingRecipe)) ?? {};
  const text = await readPairs(modelSource.folder, data, settings.filter(isOfData).map(parseSetting));
  const pipeline = await open(modelSource);
  try {
    checkOptions(pipeline.task, { tokenize });
    const comparison = {
      ...comparisonOf(recipe),
      ...(tokenize !== undefined && { tokenize }),
      ...(lowercase && { lowercase }),
    };
    return await evaluateTextToText(pipeline, text, modelSource.backend, { ...comparison, generation, languages });
  } finally {
    await pipeline.dispose();
  }
}

function checkOptions(task: TextToTextTask, { tokenize }: TextScoreOptions): void {
  if (tokenize === undefined || textToTextKinds[task].scorer.options.includes('tokenize')) return;
  throw new InputError(`evaluate --tokenize: only for BLEU, which does not score ${task}; remove it`);
}
