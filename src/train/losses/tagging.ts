import { axisSizes, constantTensor, input, mul, mulDim, reshape, sum, type Tensor } from '../../graph/index.ts';
import type { EncoderInputs } from '../../models/encoder.ts';
import { encoderInputs } from '../../models/forward-graph.ts';
import type { TokenClassifier } from '../../models/heads/token-classification.ts';
import { crfLogPartition, crfSequenceScore, crossEntropyLoss, lossScale, type Scope } from '../../nn/index.ts';
import { cast, less, sub, where } from '../../ops/index.ts';

export interface TaggingLossOptions {
  /** The share of a label's probability that is spread evenly over all labels; only without a CRF. Default 0. */
  readonly labelSmoothing?: number | undefined;
  /** The probability that a word is replaced by the unknown word. */
  readonly wordDropout?: { readonly p: number; readonly unknownId: number } | undefined;
}

/**
 * Replaces dropped words by the unknown word, so that the model learns a vector for it. `input_ids`: [B, T] → [B, T].
 */
function dropWords(root: Scope, inputs: EncoderInputs, { wordDropout }: TaggingLossOptions): EncoderInputs {
  const { input_ids: ids } = inputs;
  const mask = wordDropout && root.at('word_dropout').dropoutMask(ids.shape, wordDropout.p);
  if (!mask) return inputs;
  return { ...inputs, input_ids: where(less(0, mask), ids, constantTensor(wordDropout.unknownId, [], 'int32')) };
}

/**
 * The training loss of a tagger, times `loss_scale/labels`: with a CRF, −log p(labels | words) summed over sentences;
 * otherwise the cross entropy summed over words.
 *
 * Inputs: those of an encoder (`encoderInputs`); `word_places` int32 [batch, words], the position of each word's first
 * token in the flattened [batch·time]; `labels` int32 [batch, words], −100 after a sentence's last word. `words` is at
 * least 2. `loss_scale/labels` [] is 1/(sentences, or words, in the whole update).
 *
 * Source: Lample et al. 2016, section 2.2; Devlin et al. 2019, section 5.3 (the label of a word is its first token's).
 */
export function taggingLoss(root: Scope, model: TokenClassifier, options: TaggingLossOptions = {}): Tensor {
  const inputs = dropWords(root, encoderInputs(model), options);
  const logits = model.logitsAt(root, inputs, input('word_places', ['batch', 'words'], 'int32'));
  const labels = input('labels', ['batch', 'words'], 'int32');
  const chain = model.chain(root);
  const scale = lossScale('labels');
  if (!chain) {
    const [batch, words, count] = axisSizes('taggingLoss', 'logits', logits, ['batch', 'words', 'labels']);
    const rows = mulDim(batch, words);
    const flat = reshape(logits, { shape: [rows, count] });
    const each = { reduction: 'sum', labelSmoothing: options.labelSmoothing } as const;
    return mul(crossEntropyLoss(flat, reshape(labels, { shape: [rows] }), each), scale);
  }
  const isWord = less(constantTensor(-1, [], 'int32'), labels);
  const mask = cast(isWord, { dtype: 'float' });
  const known = where(isWord, labels, constantTensor(0, [], 'int32'));
  const surprise = sub(crfLogPartition(chain, logits, mask), crfSequenceScore(chain, logits, known, mask));
  return mul(sum(surprise, { axes: [0] }), scale);
}
