import { labelledDigest } from '../../data/batch/digest.ts';
import { planTextEpoch, type TextEpochOptions } from '../../data/batch/text-epoch.ts';
import { itemAt } from '../../io/item-at.ts';
import { type ModelSetup, modelParameters } from '../../models/families/setup.ts';
import { saveModelFiles } from '../../models/folder/save.ts';
import { traceLoss } from '../../models/heads/loss.ts';
import type { Backend } from '../../runtime/backend.ts';
import { trainerGroup } from '../../train/optimizers/parameter-group.ts';
import type { Weights } from '../../train/run/average.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { indexSource } from '../../train/update/index-source.ts';
import { textFeeds } from '../model/text-batch.ts';
import { scoredSets, validationScores } from '../scored-set.ts';
import type { ScoredSet, Scores, TaskRun } from '../task.ts';
import { Classifier } from './classifier.ts';
import { classWeights } from './config.ts';
import { type LabelledSet, type TextClassificationData, textClassificationNotes } from './data.ts';
import { classificationProblems } from './problems.ts';
import type { TextClassificationRecipe } from './recipe.ts';
import { labelledScores } from './score.ts';

/** A loaded recipe for a text classifier. */
export class TextClassificationTask implements TaskRun {
  readonly #setup: ModelSetup<'sequence-classification'>;
  readonly #data: TextClassificationData;
  readonly #backend: Backend;
  readonly #epochs: TextEpochOptions;
  #classifier?: Promise<Classifier>;
  readonly dataDigest: string;
  readonly notes: readonly string[];
  readonly samples: number;
  readonly scored: readonly ScoredSet[];
  readonly evaluate: TaskRun['evaluate'];
  readonly lowerIsBetter: readonly string[];
  readonly loss: TaskRun['loss'];

  /**
   * @throws {InputError} when a text does not fit into a batch, or the number of class weights is not that of the
   *   labels.
   */
  constructor(
    recipe: TextClassificationRecipe,
    setup: ModelSetup<'sequence-classification'>,
    data: TextClassificationData,
    backend: Backend,
  ) {
    const { max_tokens_per_batch, per_device_train_batch_size, seed, label_smoothing_factor } = recipe.train;
    this.#setup = setup;
    this.#data = data;
    this.#backend = backend;
    this.#epochs = { max_tokens_per_batch, max_texts_per_batch: per_device_train_batch_size, seed };
    planTextEpoch(data.train, this.#epochs, 0);
    const options = { labelSmoothing: label_smoothing_factor, classWeights: classWeights(recipe, data) };
    this.loss = (root) => traceLoss(root, setup.model, options);
    this.dataDigest = labelledDigest(data.train, ...(data.validation ? [data.validation] : []));
    this.notes = textClassificationNotes(data, recipe.train.max_length);
    this.samples = data.train.ids.length;
    this.scored = scoredSets({ eval: data.validation, test: data.test }, (set) => ({
      samples: set.ids.length,
      score: (weights, signal) => this.#scores(weights, set, signal),
    }));
    this.evaluate = validationScores(this.scored);
    this.lowerIsBetter = classificationProblems[data.problemType].lowerIsBetter;
  }

  readonly source: TaskRun['source'] = (position) => {
    const { train, labels, problemType } = this.#data;
    const { padTokenId } = this.#setup.tokens;
    const make = (indices: Int32Array) => {
      const texts = Array.from(indices, (index) => itemAt(train.ids, index, 'a text'));
      const targets = Array.from(indices, (index) => itemAt(train.targets, index, 'a text'));
      const answers = classificationProblems[problemType].feed(targets, labels.length);
      const tokens = texts.reduce((sum, { length }) => sum + length, 0);
      const feeds = { ...textFeeds(texts, padTokenId), labels: answers };
      return { counts: { labels: indices.length }, tokens, feeds };
    };
    return indexSource((epoch) => planTextEpoch(train, this.#epochs, epoch), position, make);
  };

  readonly group = trainerGroup;

  get parameters(): TaskRun['parameters'] {
    return modelParameters(this.#setup);
  }

  get checkpoint(): TaskRun['checkpoint'] {
    return this.#setup.checkpoint;
  }

  readonly files = (weights: Weights): Files => ({
    ...Object.fromEntries(saveModelFiles(this.#setup, weights)),
    ...this.#data.files,
  });

  async #scores(weights: Weights, set: LabelledSet, signal?: AbortSignal): Promise<Scores> {
    const { model, tokens } = this.#setup;
    const options = { padTokenId: tokens.padTokenId, maxTokens: this.#epochs.max_tokens_per_batch };
    this.#classifier ??= Classifier.make(model, this.#backend, options);
    return labelledScores(model, await (await this.#classifier).logits(set.ids, { weights, signal }), set.targets);
  }

  async dispose(): Promise<void> {
    await (await this.#classifier)?.dispose();
  }
}
