import { type BlockConfig, type BlockNames, normal, normalWithPadding, zeros } from '../../../nn/index.ts';
import { cast } from '../../../ops/index.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import type { StackSpec, StackStep, TableSpec } from '../../body/transformer-spec.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { textInputs, tokenTypeIds } from '../../inputs/text-input.ts';
import { type TextTokens, textTokens } from '../../tokens.ts';
import type { BertConfig } from './config.ts';

/** The limits of a configuration's tokens. */
export const bertTokens = (config: BertConfig): TextTokens => textTokens(config, config.max_position_embeddings);

/** BERT's names. */
export const bertNames: BlockNames = {
  self: 'attention',
  selfNorm: 'attention.output.LayerNorm',
  cross: 'crossattention',
  crossNorm: 'crossattention.output.LayerNorm',
  feedForwardNorm: 'output.LayerNorm',
};

/** A block, with the names of `BertLayer`. */
export function bertBlock(config: BertConfig): BlockConfig {
  const { hidden_size: width } = config;
  const weights = { width, weightInitializer: normal(0, config.initializer_range), biasInitializer: zeros };
  return {
    attention: {
      ...weights,
      heads: config.num_attention_heads,
      dropout: config.attention_probs_dropout_prob,
      names: { query: 'self.query', key: 'self.key', value: 'self.value', out: 'output.dense' },
    },
    feedForward: {
      ...weights,
      innerWidth: config.intermediate_size,
      activation: config.hidden_act,
      names: { inner: 'intermediate.dense', outer: 'output.dense', gate: 'gate' },
    },
    normPlace: 'post',
    eps: config.layer_norm_eps,
    dropout: config.hidden_dropout_prob,
    names: bertNames,
  };
}

/** The sum of the vectors of words, token types and positions, with the names of `BertEmbeddings`. */
export function bertEmbedding(config: BertConfig): StackStep[] {
  const { hidden_size: width, initializer_range: deviation, pad_token_id: padding } = config;
  const table = (name: string, rows: number): TableSpec => ({
    at: `embeddings.${name}_embeddings`,
    rows,
    width,
    initializer: normal(0, deviation),
  });
  const words = table('word', config.vocab_size);
  const types = table('token_type', config.type_vocab_size);
  const positions = table('position', config.max_position_embeddings);
  return [
    padding === null
      ? { words }
      : { words: { ...words, initializer: normalWithPadding(deviation, padding) }, padRow: padding },
    { rows: { ...types, part: 'types' }, of: ({ given }) => given.token_type_ids },
    { rows: { ...positions, part: 'positions' }, of: ({ places }) => cast(places, { dtype: 'int32' }) },
  ];
}

/** Embeddings, blocks and end of an encoder. */
export type BertStack = Pick<StackSpec, 'embed' | 'block'> & Partial<Pick<StackSpec, 'end'>>;

/** A body with BERT's inputs and names. `prefix` is empty for the class without a head. */
export const bertBody = (
  config: BertConfig,
  stack: BertStack,
  { prefix, readsPooler = false }: { readonly prefix: string } & Pick<HeadRow<BertConfig>, 'readsPooler'>,
): Body =>
  transformer({
    prefix,
    inputs: [...textInputs(bertTokens(config)), tokenTypeIds(config.type_vocab_size)],
    maxPositions: config.max_position_embeddings,
    encoder: {
      at: 'encoder',
      layers: config.num_hidden_layers,
      layer: (index) => `layer.${index}`,
      ...stack,
    },
    pooler: readsPooler
      ? {
          at: 'pooler.dense',
          activation: 'tanh',
          initializer: normal(0, config.initializer_range),
          isAllThatIsRead: readsPooler === 'only',
        }
      : undefined,
  });
