import { type BlockConfig, normal } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { type BertStack, bertBody, normalisedEmbedding } from '../bert/body.ts';
import { type EncoderNames, encoderBlock } from '../encoder-block.ts';
import type { AlbertConfig } from './config.ts';

/** The names of `AlbertLayer`. */
const names: EncoderNames = {
  block: {
    self: 'attention',
    selfNorm: 'attention.LayerNorm',
    cross: 'crossattention',
    crossNorm: 'crossattention.LayerNorm',
    feedForwardNorm: 'full_layer_layer_norm',
  },
  attention: { query: 'query', key: 'key', value: 'value', out: 'dense' },
  feedForward: { inner: 'ffn', outer: 'ffn_output', gate: 'gate' },
};

/** A block. Source: transformers 5.24.0 modeling_albert.py, AlbertLayer: the feed-forward layers' output is not dropped. */
const blockOf = (config: AlbertConfig): BlockConfig => ({
  ...encoderBlock(config, names),
  dropouts: { feedForward: 0 },
});

/** The path of a block, counted through all groups. Source: transformers 5.24.0 modeling_albert.py, AlbertTransformer. */
function pathOf(config: AlbertConfig, block: number): string {
  const { num_hidden_layers: layers, num_hidden_groups: groups, inner_group_num: inner } = config;
  const group = Math.trunc(Math.trunc(block / inner) / (layers / groups));
  return `albert_layer_groups.${group}.albert_layers.${block % inner}`;
}

/** ALBERT's body: narrow embeddings, a layer to the blocks' width, and groups of blocks that are applied in turn. */
export function albertBody(config: AlbertConfig, { role, readsPooler }: HeadRow<AlbertConfig>): Body {
  const { hidden_size: width, embedding_size: narrow } = config;
  const stack: BertStack = {
    embed: [
      ...normalisedEmbedding({ ...config, hidden_size: narrow }),
      { dense: 'encoder.embedding_hidden_mapping_in', width, initializer: normal(0, config.initializer_range) },
    ],
    layers: config.num_hidden_layers * config.inner_group_num,
    layer: (index) => pathOf(config, index),
    block: () => blockOf(config),
  };
  return bertBody(config, stack, { prefix: role === 'encoder' ? '' : 'albert', pooler: 'pooler', readsPooler });
}
