import {
  type AttentionNames,
  type BlockConfig,
  type BlockNames,
  type FeedForwardNames,
  normal,
  zeros,
} from '../../nn/index.ts';

/** The numbers of a block, by the field names of BERT and most of its relatives. */
export interface BlockSizes {
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: string;
  readonly hidden_dropout_prob: number;
  readonly attention_probs_dropout_prob: number;
  readonly initializer_range: number;
  readonly layer_norm_eps: number;
}

/** The names in the files of a family: of the block's parts, and of the layers in them. */
export interface EncoderNames {
  readonly block: BlockNames;
  readonly attention: AttentionNames;
  readonly feedForward: FeedForwardNames;
}

/** A block with a norm after every sublayer, as an encoder's configuration and its files' names describe it. */
export function encoderBlock(config: BlockSizes, names: EncoderNames): BlockConfig {
  const { hidden_size: width, initializer_range: deviation } = config;
  const weights = { width, weightInitializer: normal(0, deviation), biasInitializer: zeros };
  return {
    attention: {
      ...weights,
      heads: config.num_attention_heads,
      dropout: config.attention_probs_dropout_prob,
      names: names.attention,
    },
    feedForward: {
      ...weights,
      innerWidth: config.intermediate_size,
      activation: config.hidden_act,
      names: names.feedForward,
    },
    normPlace: 'post',
    eps: config.layer_norm_eps,
    dropout: config.hidden_dropout_prob,
    names: names.block,
  };
}
