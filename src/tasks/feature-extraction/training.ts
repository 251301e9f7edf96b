import { labelledDigest } from '../../data/batch/digest.ts';
import { noPadding } from '../../data/batch/padding.ts';
import { randomStream } from '../../data/batch/shuffle.ts';
import { planTextEpoch } from '../../data/batch/text-epoch.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { rankingTerm } from '../../models/heads/terms/ranking-term.ts';
import { forLength, withPadding } from '../../models/text-length.ts';
import { int32Vector, type TextReader, textFeeds } from '../model/text-batch.ts';
import { positionNotes } from '../run/position-note.ts';
import type { RunSetup } from '../run/recipe-model.ts';
import { splitValues } from '../run/split.ts';
import type { PreparedTask, TrainingSet } from '../run/task-run.ts';
import { type SentenceData, sentenceNotes } from './data.ts';
import { sentenceEvaluator } from './evaluator.ts';
import { type GroupedRow, type GroupedSet, groupsOf, type Pair, pairsOf } from './grouped-set.ts';
import { poolingModes } from './pooling-mode.ts';
import type { FeatureExtractionRecipe } from './recipe.ts';
import { type SentenceFolder, sentenceFiles } from './sentence-folder.ts';

/** Keeps the draws of pairs apart from those of their order. */
const pairStream = 1;

/**
 * Batches of pairs, of labelled texts drawn anew in every epoch. A batch's rows are the anchors, then the positives.
 *
 * @throws {InputError} when no batch of the first epoch has anything to compare.
 */
function pairedTraining(
  set: GroupedSet,
  reader: TextReader,
  { max_tokens_per_batch, per_device_train_batch_size, seed }: FeatureExtractionRecipe['train'],
): TrainingSet & { readonly notes: readonly string[] } {
  let drawn: { readonly epoch: number; readonly pairs: readonly Pair[] } | undefined;
  const pairsIn = (epoch: number): readonly Pair[] => {
    if (drawn?.epoch !== epoch) drawn = { epoch, pairs: pairsOf(set, randomStream(seed, epoch, pairStream)) };
    return drawn.pairs;
  };
  const rowAt = (at: number) => itemAt(set.rows, at, 'a text');
  const { padding = noPadding } = reader.tokens;
  const options = { max_tokens_per_batch, max_texts_per_batch: per_device_train_batch_size, seed };
  const plan = (epoch: number) => {
    const pairs = pairsIn(epoch);
    const sizes = pairs.map(
      ({ anchor, positive }) => 2 * padding.length(Math.max(rowAt(anchor).size, rowAt(positive).size)),
    );
    return planTextEpoch({ sizes, where: (at) => set.where(itemAt(pairs, at, 'a pair').anchor) }, options, epoch);
  };
  const pairsAt = (indices: Int32Array, epoch: number) =>
    Array.from(indices, (at) => itemAt(pairsIn(epoch), at, 'a pair'));
  return {
    samples: set.samples,
    notes: negativeNotes(
      set,
      plan(0).map((indices) => pairsAt(indices, 0)),
    ),
    plan,
    batch(indices, epoch) {
      const pairs = pairsAt(indices, epoch);
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

/** Whether a batch has two pairs that do not mean the same, so that one is a negative of the other. */
function hasNegative(rows: readonly GroupedRow[], pairs: readonly Pair[]): boolean {
  const groups = pairs.map(({ anchor, positive }) =>
    [anchor, positive].map((row) => itemAt(rows, row, 'a text').group),
  );
  return groups.some((own, at) => groups.slice(0, at).some((other) => !own.some((group) => other.includes(group))));
}

/**
 * Says how many batches of the first epoch have nothing to compare: their loss is 0.
 *
 * @throws {InputError} when no batch has.
 */
function negativeNotes({ rows }: GroupedSet, pairsOfBatches: readonly (readonly Pair[])[]): string[] {
  const idle = pairsOfBatches.filter((pairs) => !hasNegative(rows, pairs)).length;
  if (idle === 0) return [];
  if (idle < pairsOfBatches.length) {
    return [
      `train: ${idle} of ${pairsOfBatches.length} batches in the first epoch have no pairs to tell apart and teach nothing`,
    ];
  }
  throw new InputError(
    'train: expected batches with several pairs that do not mean the same, which the loss tells apart, got none; raise per_device_train_batch_size or max_tokens_per_batch',
  );
}

const digested = ({ rows }: GroupedSet) => ({
  ids: rows.map(({ ids }) => ids),
  targets: rows.map(({ group }) => [group]),
});

/** A loaded recipe for sentence embeddings: an encoder whose loss ranks texts by their vectors. */
export function sentenceTraining(
  recipe: FeatureExtractionRecipe,
  described: RunSetup<'encoder'>,
  data: SentenceData,
  form: SentenceFolder,
): PreparedTask<GroupedSet> {
  const { train } = recipe;
  const { sets } = data;
  const { scale, symmetric, max_length, max_tokens_per_batch, pad_to_multiple_of = 1 } = train;
  const { pooling } = form;
  // A batch holds at least one pair.
  const encoder = withPadding(described, pad_to_multiple_of, Math.floor(max_tokens_per_batch / 2));
  const { notes, ...paired } = pairedTraining(sets.train, forLength(encoder, max_length), train);
  const terms = [rankingTerm(poolingModes[pooling].pooling, { scale, symmetric })];
  return {
    setup: { ...encoder, model: { ...encoder.model, terms } },
    maxTokens: max_length,
    lossOptions: {},
    train: paired,
    sets,
    evaluator: (backend) => sentenceEvaluator(encoder, { pooling, scale, symmetric }, backend, max_tokens_per_batch),
    dataDigest: labelledDigest(...splitValues({ ...sets, test: undefined }).map(digested)),
    notes: [
      ...sentenceNotes(data, max_length),
      ...notes,
      ...positionNotes(recipe, encoder.tokens.maxTokens, ['max_length', max_length]),
    ],
    files: { ...data.files, ...sentenceFiles(form, encoder.model.width) },
    lowerIsBetter: [],
  };
}
