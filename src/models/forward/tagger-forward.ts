import { constantTensor, gather, input, mulDim, reshape } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { crfLogPartition, crfSequenceScore, reduceAll, smoothedTokenLoss } from '../../nn/index.ts';
import { cast, less, sub, where } from '../../ops/index.ts';
import { checkLabels, checkSameShape, hostMatrix, ignoredLabel, type Matrix } from '../inputs/given-inputs.ts';
import { encoderFeeds, encoderNames } from './encoder-forward.ts';
import type { ForwardRow, HostFeeds } from './forward-row.ts';

/** The fewest word positions: the loop of a chain runs from the first to the second. */
const leastWords = 2;

/**
 * The labels that count: `word_places`, their positions in the flattened [batch·time], and `word_labels`, −100 after a row's last one; both [batch, words].
 */
function wordFeeds({ rows, columns, data }: Matrix): HostFeeds {
  const found = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, t) => row * columns + t).filter((at) => data[at] !== ignoredLabel),
  );
  const words = Math.max(leastWords, ...found.map(({ length }) => length));
  const places = new Int32Array(rows * words);
  const labels = new Int32Array(rows * words).fill(ignoredLabel);
  found.forEach((row, b) => {
    places.set(row, b * words);
    row.forEach((at, w) => {
      labels[b * words + w] = data[at];
    });
  });
  const host = (values: Int32Array) => hostMatrix({ rows, columns: words, data: values });
  return { word_places: host(places), word_labels: host(labels) };
}

/** A chain scores whole sentences, so each must have a word. */
function checkEveryRow({ rows, columns, data }: Matrix): void {
  for (let row = 0; row < rows; row++) {
    if (data.subarray(row * columns, (row + 1) * columns).some((label) => label !== ignoredLabel)) continue;
    throw new InputError(
      `inputs labels: expected a label in every row, because the model has a CRF, got only ${ignoredLabel}, at row ${row}`,
    );
  }
}

/**
 * A tagger: an encoder's inputs, and `labels` [batch, time], −100 for tokens without a tag: padding, special tokens, later pieces of a word. The loss is the mean cross entropy of the labels; with a CRF, the mean over rows of −log p(labels | words), where the words are the tagged tokens.
 */
export const taggerForward: ForwardRow<'token-classification'> = {
  names: ({ model }) => [...encoderNames(model), 'labels'],
  output: 'logits',
  feeds(given, setup) {
    const { ids, feeds } = encoderFeeds(given, setup);
    const labels = given.matrix('labels');
    if (!labels) return feeds;
    const count = setup.model.labels.length;
    checkSameShape('labels', labels, 'input_ids', ids);
    checkLabels(labels, count, `labels in 0 … ${count - 1}`);
    if (setup.model.hasCrf) checkEveryRow(labels);
    return { ...feeds, ...wordFeeds(labels) };
  },
  loss(root, logits, { model }) {
    const [batch, time, count] = logits.shape;
    const flat = reshape(logits, { shape: [mulDim(batch, time), count] });
    const emissions = gather(flat, input('word_places', ['batch', 'words'], 'int32'));
    const labels = input('word_labels', ['batch', 'words'], 'int32');
    const chain = model.chain(root);
    if (!chain) return smoothedTokenLoss(emissions, labels, { epsilon: 0 });
    const isWord = less(constantTensor(-1, [], 'int32'), labels);
    const mask = cast(isWord, { dtype: 'float' });
    const known = where(isWord, labels, constantTensor(0, [], 'int32'));
    const surprise = sub(crfLogPartition(chain, emissions, mask), crfSequenceScore(chain, emissions, known, mask));
    return reduceAll(surprise, 'mean');
  },
};
