import { textDigest } from '../../data/batch/digest.ts';
import { planWindows, type WindowOptions } from '../../data/batch/text-window.ts';
import { type ModelSetup, modelParameters } from '../../models/families/setup.ts';
import { saveModelFiles } from '../../models/folder/save.ts';
import { traceLoss } from '../../models/heads/loss.ts';
import type { Backend } from '../../runtime/backend.ts';
import { trainerGroup } from '../../train/optimizers/parameter-group.ts';
import type { Weights } from '../../train/run/average.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { LossEvaluation } from '../model/loss-evaluation.ts';
import { scoredSets, validationScores } from '../scored-set.ts';
import type { ScoredSet, TaskRun } from '../task.ts';
import { type TextGenerationData, textGenerationNotes } from './data.ts';
import type { LanguageText } from './language-text.ts';
import type { TextGenerationRecipe } from './recipe.ts';
import { type LanguageScores, languageScores, lowerIsBetter } from './score.ts';
import { windowSource } from './window-batch.ts';

/** A loaded recipe for a language model. A sample is a block of `block_size` tokens. */
export class TextGenerationTask implements TaskRun {
  readonly #recipe: TextGenerationRecipe;
  readonly #setup: ModelSetup<'causal'>;
  readonly #data: TextGenerationData;
  readonly #backend: Backend;
  readonly #windows: WindowOptions;
  #evaluation?: Promise<LossEvaluation>;
  readonly dataDigest: string;
  readonly notes: readonly string[];
  readonly samples: number;
  readonly scored: readonly ScoredSet[];
  readonly evaluate: TaskRun['evaluate'];
  readonly lowerIsBetter = lowerIsBetter;

  /** @throws {InputError} when the text is shorter than a block. */
  constructor(recipe: TextGenerationRecipe, setup: ModelSetup<'causal'>, data: TextGenerationData, backend: Backend) {
    const { block_size, max_tokens_per_batch, per_device_train_batch_size, seed } = recipe.train;
    const windows_per_batch = per_device_train_batch_size ?? Math.floor(max_tokens_per_batch / block_size);
    this.#recipe = recipe;
    this.#setup = setup;
    this.#data = data;
    this.#backend = backend;
    this.#windows = { block_size, windows_per_batch, seed };
    planWindows(data.train.ids.length, this.#windows, 0);
    this.dataDigest = textDigest(data.train.ids, ...(data.validation ? [data.validation.ids] : []));
    this.notes = [...textGenerationNotes(data), ...positionNotes(setup.tokens.maxTokens, block_size)];
    this.samples = this.#blocks(data.train);
    this.scored = scoredSets({ eval: data.validation, test: data.test }, (set) => ({
      samples: this.#blocks(set),
      score: async (weights, signal) => ({ ...(await this.#scores(weights, set, signal)) }),
    }));
    this.evaluate = validationScores(this.scored);
  }

  readonly loss: TaskRun['loss'] = (root) =>
    traceLoss(root, this.#setup.model, { labelSmoothing: this.#recipe.train.label_smoothing_factor });

  readonly source: TaskRun['source'] = (position) => windowSource(this.#data.train.ids, this.#windows, position);

  readonly group = trainerGroup;

  get parameters(): TaskRun['parameters'] {
    return modelParameters(this.#setup);
  }

  get checkpoint(): TaskRun['checkpoint'] {
    return this.#setup.checkpoint;
  }

  readonly files = (weights: Weights): Files => ({
    ...Object.fromEntries(saveModelFiles(this.#setup, weights, this.#recipe.generation)),
    ...this.#data.files,
  });

  #blocks({ ids }: LanguageText): number {
    return Math.ceil((ids.length - 1) / this.#windows.block_size);
  }

  async #scores(weights: Weights, text: LanguageText, signal?: AbortSignal): Promise<LanguageScores> {
    this.#evaluation ??= LossEvaluation.make((root) => traceLoss(root, this.#setup.model), this.#backend);
    return languageScores(await this.#evaluation, weights, text, { ...this.#recipe.train, signal });
  }

  async dispose(): Promise<void> {
    await (await this.#evaluation)?.dispose();
  }
}

const positionNotes = (maxTokens: number, block: number): string[] =>
  Number.isFinite(maxTokens) && maxTokens > block
    ? [`model: of ${maxTokens} positions, those after train.block_size = ${block} are never trained`]
    : [];
