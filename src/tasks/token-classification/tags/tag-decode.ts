import { type ChainScores, viterbi } from '../../../decode/viterbi.ts';
import { itemAt } from '../../../io/item-at.ts';
import { mayFollow } from '../../../models/heads/fields/span-scheme.ts';
import type { TokenClassifier } from '../../../models/model.ts';

/** The outputs of a tagger for the words of a sentence or a part of one. Rows are words, columns labels. */
export interface WordScores {
  /** [W, N] */
  readonly logits: Float32Array;
  /** With a CRF: the logarithm of the sum over all label sequences, and p(label of the word | sentence), [W, N]. */
  readonly chain?: { readonly logPartition: number; readonly marginals: Float32Array };
}

/** The label of a word, by its id, and its probability. */
export interface ChosenTag {
  readonly id: number;
  readonly score: number;
}

type Weights = ReadonlyMap<string, Float32Array>;

/** The scores between neighbouring labels; zeros without a CRF. @throws {Error} when the weights have no CRF parameters. */
function chainOf({ labels, hasCrf }: TokenClassifier, weights: Weights): ChainScores {
  const count = labels.length;
  const own = (name: string, size: number) => {
    const numbers = hasCrf ? weights.get(`crf.${name}`) : new Float32Array(size);
    if (!numbers) throw new Error(`model: parameter crf.${name} has no value`);
    return numbers;
  };
  return {
    start: own('start_transitions', count),
    transitions: own('transitions', count * count),
    end: own('end_transitions', count),
  };
}

/** −1 is the position before the first label and after the last, as in `viterbi`. */
function allowedBy({ labels, tagScheme }: TokenClassifier): (from: number, to: number) => boolean {
  const width = labels.length + 1;
  const table = Array.from({ length: width * width }, (_, at) =>
    mayFollow(tagScheme, labels[Math.floor(at / width) - 1], labels[(at % width) - 1]),
  );
  return (from, to) => table[(from + 1) * width + to + 1] === true;
}

/** The score of a label, or of a pair of labels. @throws {RangeError} when the model does not have the label. */
const numberAt = (numbers: ArrayLike<number>, id: number): number => itemAt(numbers, id, 'a label');

/** −log softmax(logits) of one label. */
function surpriseOf(logits: Float32Array, id: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b));
  return most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) - numberAt(logits, id);
}

/** The results derived from a tagger's scores. */
export interface TagDecoder {
  /**
   * The best sequence of labels that the scheme allows; the scores are label probabilities, with a CRF marginal ones.
   */
  decode(scores: WordScores): ChosenTag[];
  /** With a CRF −log p(labels | sentence), else the sum of the words' cross entropies. */
  loss(scores: WordScores, labels: Int32Array): number;
}

/** Creates the decoder of a tagger with these weights; a CRF's transitions are read from them. */
export function tagDecoder(model: TokenClassifier, weights: Weights): TagDecoder {
  const chain = chainOf(model, weights);
  const isAllowed = allowedBy(model);
  const count = model.labels.length;
  const row = (all: Float32Array, word: number) => all.subarray(word * count, (word + 1) * count);
  return {
    decode({ logits, chain: made }) {
      const { tags } = viterbi(logits, chain, isAllowed);
      return tags.map((id, word) => ({
        id,
        score: made ? numberAt(row(made.marginals, word), id) : Math.exp(-surpriseOf(row(logits, word), id)),
      }));
    },
    loss({ logits, chain: made }, labels) {
      const total = (each: (label: number, word: number) => number) =>
        labels.reduce((sum, label, word) => sum + each(label, word), 0);
      if (!made) return total((label, word) => surpriseOf(row(logits, word), label));
      return made.logPartition - total((label, word) => numberAt(row(logits, word), label)) - pathScore(chain, labels);
    },
  };
}

/** start + transitions + end. */
function pathScore({ start, transitions, end }: ChainScores, labels: Int32Array): number {
  let total = 0;
  let before: number | undefined;
  for (const label of labels) {
    total += before === undefined ? numberAt(start, label) : numberAt(transitions, before * start.length + label);
    before = label;
  }
  return before === undefined ? total : total + numberAt(end, before);
}
