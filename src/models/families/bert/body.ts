import { type BlockConfig, type BlockNames, normal, normalWithPadding } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import type { StackSpec, StackStep, TableSpec } from '../../body/transformer-spec.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { textInputs, tokenTypeIds } from '../../inputs/text-input.ts';
import { type TextTokens, textTokens } from '../../tokens.ts';
import { encoderBlock } from '../encoder-block.ts';
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
export const bertBlock = (config: BertConfig): BlockConfig =>
  encoderBlock(config, {
    block: bertNames,
    attention: { query: 'self.query', key: 'self.key', value: 'self.value', out: 'output.dense' },
    feedForward: { inner: 'intermediate.dense', outer: 'output.dense', gate: 'gate' },
  });

/** Which rows of the position table are read, and its row of padding if it has one. */
export type PositionRows = Pick<Extract<StackStep, { rows: TableSpec }>, 'of' | 'padRow'>;

const countedFrom0: PositionRows = { of: ({ places }) => places };

/** The sum of the vectors of words, token types and positions, with the names of `BertEmbeddings`. */
export function bertEmbedding(config: BertConfig, positions: PositionRows = countedFrom0): StackStep[] {
  const { hidden_size: width, initializer_range: deviation, pad_token_id: padding } = config;
  const table = (name: string, rows: number, padRow?: number): TableSpec => ({
    at: `embeddings.${name}_embeddings`,
    rows,
    width,
    initializer: padRow === undefined ? normal(0, deviation) : normalWithPadding(deviation, padRow),
  });
  const padRow = padding ?? undefined;
  const types: TableSpec = { ...table('token_type', config.type_vocab_size), part: 'types' };
  const places: TableSpec = {
    ...table('position', config.max_position_embeddings, positions.padRow),
    part: 'positions',
  };
  return [
    { words: table('word', config.vocab_size, padRow), padRow },
    { rows: types, of: ({ given }) => given.token_type_ids },
    { rows: places, ...positions },
  ];
}

/** That sum, its norm and its dropout. */
export const normalisedEmbedding = (config: BertConfig, positions?: PositionRows): StackStep[] => [
  ...bertEmbedding(config, positions),
  { norm: 'embeddings.LayerNorm' },
  { drop: config.hidden_dropout_prob, at: 'embeddings' },
];

/** Embeddings, blocks and end of an encoder; how many blocks and where they are, if not as in BERT. */
export type BertStack = Pick<StackSpec, 'embed' | 'block'> & Partial<Pick<StackSpec, 'end' | 'layers' | 'layer'>>;

/** What a body is for. */
interface BodyUse extends Pick<HeadRow<BertConfig>, 'readsPooler' | 'readsFirstOnly'> {
  /** Empty for the class without a head. */
  readonly prefix: string;
  /** The limits of its tokens; BERT's when absent. */
  readonly tokens?: TextTokens;
  /** The path of its pooler; BERT's when absent. */
  readonly pooler?: string;
}

/** A body with BERT's inputs and names. */
export const bertBody = (
  config: BertConfig,
  stack: BertStack,
  {
    prefix,
    tokens = bertTokens(config),
    pooler = 'pooler.dense',
    readsPooler = false,
    readsFirstOnly = false,
  }: BodyUse,
): Body =>
  transformer({
    prefix,
    inputs: [...textInputs(tokens), tokenTypeIds(config.type_vocab_size)],
    maxPositions: tokens.maxTokens,
    encoder: {
      at: 'encoder',
      layers: config.num_hidden_layers,
      layer: (index) => `layer.${index}`,
      ...stack,
    },
    pooler: readsPooler
      ? { at: pooler, activation: 'tanh', initializer: normal(0, config.initializer_range) }
      : undefined,
    isFirstOnly: readsPooler === 'only' || readsFirstOnly,
  });
