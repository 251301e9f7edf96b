import type { RandomStream } from '../../data/batch/shuffle.ts';
import { input, reshape, sizeOf, type Tensor } from '../../graph/index.ts';
import { checkConfig, inRole } from '../../models/families/check-config.ts';
import { crossEntropyLoss, linear, type Scope } from '../../nn/index.ts';
import { argmax } from '../../ops/index.ts';
import { ids } from '../feed.ts';

/** Numbers of words and classes, and the largest distance of the neighbours whose classes are labels. */
export const words = 24;
export const classes = 4;
export const reach = 4;
export const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);

/** A tagger's way of reading. */
export interface NeighbourTagger {
  readonly name: string;
  readonly isBidirectional: boolean;
  /** Width of a word's vector, both directions together. */
  readonly width: number;
  /** Delay, in words, of a word's tags. */
  readonly delay: number;
}

/** For each word and offset, the class scores of the word at that offset, [B·T·9, C]. */
function tagLogits(root: Scope, { isBidirectional, width }: NeighbourTagger): Tensor {
  const config = {
    model_type: 'recurrent_encoder',
    cell: 'lstm',
    vocab_size: words + 1,
    pad_token_id: words,
    embedding_size: width,
    hidden_size: isBidirectional ? width / 2 : width,
    bidirectional: isBidirectional,
    initializer_range: 1,
    dropout: 0,
  };
  const { model } = inRole(checkConfig(config, 'lab', { isStrict: true }), 'encoder', 'lab');
  const input_ids = input('input_ids', ['batch', 'time'], 'int32');
  const hidden = model.hidden(root, { input_ids, attention_mask: input('attention_mask', ['batch', 'time'], 'int32') });
  const logits = linear(root.at('tags'), { inFeatures: width, outFeatures: offsets.length * classes }, hidden);
  return reshape(logits, { shape: [sizeOf([...input_ids.shape, offsets.length]), classes] });
}

/** Mean cross entropy over all words and offsets that have labels. Input `labels`: int32 [B, T, 9], −100 for none. */
export function tagLoss(root: Scope, tagger: NeighbourTagger): Tensor {
  const labels = input('labels', ['batch', 'time', offsets.length], 'int32');
  return crossEntropyLoss(tagLogits(root, tagger), reshape(labels, { shape: [sizeOf(labels.shape)] }));
}

/** The best class for every word and offset, int32 [B·T·9]. */
export const bestTags = (root: Scope, tagger: NeighbourTagger): { readonly best: Tensor } => ({
  best: argmax(tagLogits(root, tagger)),
});

/**
 * Random words. The labels at position t are the classes of the words around t − `delay`. Only words with all
 * neighbours and `reach` words after them have labels, the same ones for every delay.
 */
export function tagBatch(random: RandomStream, rows: number, time: number, { delay }: Pick<NeighbourTagger, 'delay'>) {
  const tokens = Int32Array.from({ length: rows * time }, () => random.below(words));
  const labels = Int32Array.from({ length: rows * time * offsets.length }, (_, i) => {
    const [place, offset] = [Math.floor(i / offsets.length), offsets[i % offsets.length]];
    const word = (place % time) - delay;
    return word < reach || word >= time - reach ? -100 : tokens[place - delay + offset] % classes;
  });
  return {
    input_ids: ids([rows, time], tokens),
    attention_mask: ids([rows, time], new Int32Array(rows * time).fill(1)),
    labels: ids([rows, time, offsets.length], labels),
  };
}
