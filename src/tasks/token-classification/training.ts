import { IGNORE_INDEX } from '../../data/batch/batch.ts';
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
import { scoredSets, validationScores } from '../scored-set.ts';
import type { ScoredSet, Scores, TaskRun } from '../task.ts';
import type { TokenClassificationData } from './data.ts';
import { beginWith, type InitialVectors } from './initial-vector.ts';
import { tokenClassificationNotes } from './note.ts';
import type { TokenClassificationRecipe } from './recipe.ts';
import { taggedScores } from './score.ts';
import { encodeTagged, type TaggedPart, type TaggedWords } from './tagged-words.ts';
import { Tagger } from './tagger.ts';
import { wordFeeds, wordNumbers } from './words/word-batch.ts';
import { splitterNotes } from './words/word-splitter-note.ts';

/** What the plan of an epoch depends on. */
const textsOf = ({ parts, where }: TaggedWords) => ({ ids: parts.map(({ ids }) => ids), where });

/** A loaded recipe for a tagger. */
export class TokenClassificationTask implements TaskRun {
  readonly #recipe: TokenClassificationRecipe;
  readonly #setup: ModelSetup<'token-classification'>;
  readonly #data: TokenClassificationData;
  readonly #backend: Backend;
  readonly #epochs: TextEpochOptions;
  readonly #train: TaggedWords;
  #tagger?: Promise<Tagger>;
  readonly dataDigest: string;
  readonly notes: readonly string[];
  readonly samples: number;
  readonly scored: readonly ScoredSet[];
  readonly evaluate: TaskRun['evaluate'];
  readonly loss: TaskRun['loss'];

  /** @throws {InputError} when a sentence does not fit into a batch. */
  constructor(
    recipe: TokenClassificationRecipe,
    setup: ModelSetup<'token-classification'>,
    data: TokenClassificationData,
    { backend, vectors }: { readonly backend: Backend; readonly vectors?: InitialVectors },
  ) {
    const { max_tokens_per_batch, per_device_train_batch_size, seed, max_length } = recipe.train;
    const { maxTokens } = setup.tokens;
    const encoded = (text: TokenClassificationData['train'], most: number) =>
      encodeTagged(text, data.labels, data.reader, most);
    this.#recipe = recipe;
    this.#setup = setup;
    this.#data = data;
    this.#backend = backend;
    this.#epochs = { max_tokens_per_batch, max_texts_per_batch: per_device_train_batch_size, seed };
    this.#train = encoded(data.train, Math.min(max_length, maxTokens));
    const validation = data.validation && encoded(data.validation, maxTokens);
    const test = data.test && encoded(data.test, maxTokens);
    planTextEpoch(textsOf(this.#train), this.#epochs, 0);
    this.loss = (root) => {
      const { label_smoothing_factor: labelSmoothing, word_dropout: p } = recipe.train;
      const { unknownId } = data.reader;
      const loss = traceLoss(root, setup.model, { labelSmoothing, wordDropout: { p, unknownId } });
      if (vectors) beginWith(root, setup.model, vectors);
      return loss;
    };
    const digested = ({ parts }: TaggedWords) => ({
      ids: parts.map(({ ids }) => ids),
      targets: parts.map(({ labels }) => Array.from(labels)),
    });
    this.dataDigest = labelledDigest(...[this.#train, ...(validation ? [validation] : [])].map(digested));
    const sets = { training: this.#train, validation, test };
    this.notes = [
      ...tokenClassificationNotes(data, sets, vectors),
      ...(data.reader.isOfCharacters || recipe.tokenizer.pre_tokenizer !== undefined
        ? []
        : splitterNotes(data.train.sentences.map(({ words }) => words)).map((note) => `data: ${note}`)),
    ];
    this.samples = data.train.sentences.length;
    this.scored = scoredSets({ eval: validation, test }, (set) => ({
      samples: set.text.sentences.length,
      score: (weights, signal) => this.#scores(weights, set, signal),
    }));
    this.evaluate = validationScores(this.scored);
  }

  readonly source: TaskRun['source'] = (position) => {
    const { parts } = this.#train;
    const { model, tokens } = this.#setup;
    const make = (indices: Int32Array) => {
      const batch = Array.from(indices, (index) => itemAt(parts, index, 'a sentence'));
      const sum = (numbersOf: (part: TaggedPart) => Int32Array) =>
        batch.reduce((total, part) => total + numbersOf(part).length, 0);
      const labels = wordNumbers(batch, (part) => part.labels, IGNORE_INDEX);
      return {
        counts: { labels: model.hasCrf ? batch.length : sum(({ places }) => places) },
        tokens: sum(({ ids }) => ids),
        feeds: { ...wordFeeds(batch, tokens.padTokenId), labels },
      };
    };
    const texts = textsOf(this.#train);
    return indexSource((epoch) => planTextEpoch(texts, this.#epochs, epoch), position, make);
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
    ...this.#data.reader.files,
  });

  async #scores(weights: Weights, set: TaggedWords, signal?: AbortSignal): Promise<Scores> {
    const { model, tokens } = this.#setup;
    const options = { padTokenId: tokens.padTokenId, maxTokens: this.#epochs.max_tokens_per_batch };
    this.#tagger ??= Tagger.make(model, this.#backend, options);
    const scores = await (await this.#tagger).scores(set.parts, { weights, signal });
    const { isOfCharacters } = this.#data.reader;
    return taggedScores(model, weights, set, scores, {
      isOfCharacters,
      seqevalScheme: this.#recipe.train.seqeval_scheme,
    });
  }

  async dispose(): Promise<void> {
    await (await this.#tagger)?.dispose();
  }
}
