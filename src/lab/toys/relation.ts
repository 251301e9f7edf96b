import type { RandomStream } from '../../data/batch/shuffle.ts';
import { input, reshape, sizeOf, type Tensor } from '../../graph/index.ts';
import { checkConfig, inRole } from '../../models/families/check-config.ts';
import { crossEntropyLoss, linear, type Scope } from '../../nn/index.ts';
import { argmax } from '../../ops/index.ts';
import { ids } from '../feed.ts';
import { unasked } from './labelled-token.ts';

/** Offsets of the tokens that every token must name. */
export const relations = [-1, 1, -3, 4] as const;

/** Number of different tokens. */
const kinds = 12;

/** Accuracy of guessing. */
export const relationChance = 1 / kinds;

export interface RelationShape {
  readonly width: number;
  readonly heads: number;
}

interface Read {
  /** [B·T·R, V] */
  readonly logits: Tensor;
  /** [B, H, T, T] */
  readonly weights: Tensor;
}

/** A Transformer of one layer, with one linear layer per relation that names the token there. */
function read(root: Scope, { width, heads }: RelationShape): Read {
  const fields = {
    model_type: 'transformer_encoder',
    vocab_size: kinds + 1,
    pad_token_id: kinds,
    hidden_size: width,
    num_hidden_layers: 1,
    num_attention_heads: heads,
    intermediate_size: 2 * width,
    initializer_range: width ** -0.5,
    dropout: 0,
  };
  const { model } = inRole(checkConfig(fields, 'lab', { isStrict: true }), 'encoder', 'lab');
  const hidden = model.hidden(root, {
    input_ids: input('input_ids', ['batch', 'time'], 'int32'),
    attention_mask: input('attention_mask', ['batch', 'time'], 'int32'),
  });
  const all = linear(root.at('named'), { inFeatures: width, outFeatures: relations.length * kinds }, hidden);
  const asked = sizeOf([...hidden.shape.slice(0, 2), relations.length]);
  return {
    logits: reshape(all, { shape: [asked, kinds] }),
    weights: root.trace.taps.get('attentions.0') as Tensor,
  };
}

/**
 * The loss of naming the tokens at R offsets from every token, all at once.
 *
 * Inputs: `input_ids`, `attention_mask` int32 [B, T], `labels` int32 [B, T, R].
 */
export function relationLoss(root: Scope, shape: RelationShape): Tensor {
  const labels = input('labels', ['batch', 'time', relations.length], 'int32');
  return crossEntropyLoss(read(root, shape).logits, reshape(labels, { shape: [sizeOf(labels.shape)] }));
}

/** `found`: int32 [B·T·R]; `weights`: [B, H, T, T], the attention of every head. */
export function nameRelated(root: Scope, shape: RelationShape): { readonly found: Tensor; readonly weights: Tensor } {
  const { logits, weights } = read(root, shape);
  return { found: argmax(logits), weights };
}

/** Rows of `time` random tokens; positions outside have no labels. */
export function relatedTokens(random: RandomStream, rows: number, time: number) {
  const tokens = Int32Array.from({ length: rows * time }, () => random.below(kinds));
  const labels = Int32Array.from({ length: rows * time * relations.length }, (_, i) => {
    const at = Math.floor(i / relations.length);
    const place = (at % time) + relations[i % relations.length];
    return place < 0 || place >= time ? unasked : tokens[at - (at % time) + place];
  });
  return {
    input_ids: ids([rows, time], tokens),
    attention_mask: ids(
      [rows, time],
      tokens.map(() => 1),
    ),
    labels: ids([rows, time, relations.length], labels),
  };
}
