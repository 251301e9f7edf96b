import { labelledDigest } from '../../data/batch/digest.ts';
import { randomStream } from '../../data/batch/shuffle.ts';
import { planTextEpoch } from '../../data/batch/text-epoch.ts';
import { itemAt } from '../../io/item-at.ts';
import { rankingTerm } from '../../models/heads/ranking-term.ts';
import { int32Vector, type TextReader, textFeeds } from '../model/text-batch.ts';
import { positionNotes } from '../run/position-note.ts';
import type { RunSetup } from '../run/recipe-model.ts';
import { splitValues } from '../run/split.ts';
import type { PreparedTask, TrainingSet } from '../run/task-run.ts';
import { type SentenceData, sentenceNotes } from './data.ts';
import { sentenceEvaluator } from './evaluator.ts';
import { type GroupedSet, groupsOf, type Pair, pairsOf } from './grouped-set.ts';
import { poolingModes } from './pooling-mode.ts';
import type { FeatureExtractionRecipe } from './recipe.ts';
import { type SentenceFolder, sentenceFiles } from './sentence-folder.ts';

/** Keeps the draws of pairs apart from those of their order. */
const pairStream = 1;

/** Batches of pairs, of labelled texts drawn anew in every epoch. A batch's rows are the anchors, then the positives. */
function pairedTraining(
  set: GroupedSet,
  reader: TextReader,
  { max_tokens_per_batch, per_device_train_batch_size, seed }: FeatureExtractionRecipe['train'],
): TrainingSet {
  let drawn: { readonly epoch: number; readonly pairs: readonly Pair[] } | undefined;
  const pairsIn = (epoch: number): readonly Pair[] => {
    if (drawn?.epoch !== epoch) drawn = { epoch, pairs: pairsOf(set, randomStream(seed, epoch, pairStream)) };
    return drawn.pairs;
  };
  const rowAt = (at: number) => itemAt(set.rows, at, 'a text');
  const options = { max_tokens_per_batch, max_texts_per_batch: per_device_train_batch_size, seed };
  return {
    samples: set.samples,
    plan(epoch) {
      const pairs = pairsIn(epoch);
      const sizes = pairs.map(({ anchor, positive }) => 2 * Math.max(rowAt(anchor).size, rowAt(positive).size));
      return planTextEpoch({ sizes, where: (at) => set.where(itemAt(pairs, at, 'a pair').anchor) }, options, epoch);
    },
    batch(indices, epoch) {
      const pairs = Array.from(indices, (at) => itemAt(pairsIn(epoch), at, 'a pair'));
      const rows = [...pairs.map(({ anchor }) => rowAt(anchor)), ...pairs.map(({ positive }) => rowAt(positive))];
      const places = (from: number) => int32Vector(Int32Array.from(pairs, (_, at) => from + at));
      return {
        counts: { pairs: pairs.length },
        feeds: {
          ...textFeeds(rows, reader),
          ...{ anchors: places(0), positives: places(pairs.length) },
          groups: { type: 'int32', shape: [pairs.length, 2], data: groupsOf(set.rows, pairs) },
        },
        tokens: rows.reduce((sum, { size }) => sum + size, 0),
      };
    },
  };
}

const digested = ({ rows }: GroupedSet) => ({
  ids: rows.map(({ ids }) => ids),
  targets: rows.map(({ group }) => [group]),
});

/** A loaded recipe for sentence embeddings: an encoder whose loss ranks texts by their vectors. */
export function sentenceTraining(
  recipe: FeatureExtractionRecipe,
  encoder: RunSetup<'encoder'>,
  data: SentenceData,
  form: SentenceFolder,
): PreparedTask<GroupedSet> {
  const { train } = recipe;
  const { sets } = data;
  const { scale, symmetric, max_length, max_tokens_per_batch } = train;
  const { pooling } = form;
  const terms = [rankingTerm(poolingModes[pooling].pooling, { scale, symmetric })];
  return {
    setup: { ...encoder, model: { ...encoder.model, terms } },
    lossOptions: {},
    train: pairedTraining(sets.train, encoder, train),
    sets,
    evaluator: (backend) => sentenceEvaluator(encoder, { pooling, scale, symmetric }, backend, max_tokens_per_batch),
    dataDigest: labelledDigest(...splitValues({ ...sets, test: undefined }).map(digested)),
    notes: [
      ...sentenceNotes(data, max_length),
      ...positionNotes(recipe, encoder.tokens.maxTokens, ['max_length', max_length]),
    ],
    files: { ...data.files, ...sentenceFiles(form, encoder.model.width) },
    lowerIsBetter: [],
  };
}
