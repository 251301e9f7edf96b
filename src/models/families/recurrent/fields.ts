import * as z from 'zod';
import type { Tensor } from '../../../graph/index.ts';
import { type CellName, cells, normalWithPadding, type RecurrentConfig, type Scope } from '../../../nn/index.ts';
import { derived } from '../../derived-field.ts';
import { count, layers, rate, tokenId } from '../field.ts';

/** Fields of every recurrent model. */
export const recurrentFields = {
  vocab_size: derived(count, 'size of the vocabulary, or of the source’s if each side has its own'),
  cell: z
    .enum(Object.keys(cells) as CellName[])
    .default('gru')
    .describe('recurrent cell'),
  embedding_size: count.default(256).describe('width of token vectors'),
  hidden_size: count.default(256).describe('width of the state of one direction'),
  num_hidden_layers: layers.default(1).describe('number of stacked layers'),
  dropout: rate.default(0.2).describe('dropout of embeddings, between layers, and of the output'),
  variational_dropout: z
    .boolean()
    .default(false)
    .describe('whether dropout between layers uses one mask for all steps'),
  recurrent_dropout: rate.default(0).describe('dropout of the state in the recurrent product, one mask for all steps'),
  initializer_range: z.number().positive().default(0.1).describe('standard deviation of initial embeddings'),
  pad_token_id: derived(tokenId, 'token that pads short texts'),
};

const shared = z.object(recurrentFields);

/** The fields of all recurrent models' configurations. */
export type RecurrentFields = z.output<typeof shared>;

/** Refuses token ids outside their vocabulary. */
export function checkTokenIds(
  ids: Readonly<Record<string, number | null | undefined>>,
  [field, size]: readonly [field: string, size: number],
  context: z.RefinementCtx,
): void {
  for (const [name, id] of Object.entries(ids)) {
    if (typeof id !== 'number' || id < size) continue;
    context.addIssue({ code: 'custom', path: [name], message: `expected a token below ${field} = ${size}, got ${id}` });
  }
}

/** The layers of a configuration, over inputs of a width. */
export const recurrentConfig = (
  config: RecurrentFields,
  inputSize: number,
  { isBidirectional = false, layers = config.num_hidden_layers, hiddenSize = config.hidden_size } = {},
): RecurrentConfig => ({
  cell: config.cell,
  inputSize,
  hiddenSize,
  layers,
  isBidirectional,
  dropout: config.dropout,
  isVariational: config.variational_dropout,
  recurrentDropout: config.recurrent_dropout,
});

/** The table of token vectors under `scope`, [V, E]; the padding row starts as zeros. */
export const embeddingTable = (scope: Scope, config: RecurrentFields, size = config.vocab_size): Tensor =>
  scope.parameter(
    'weight',
    [size, config.embedding_size],
    normalWithPadding(config.initializer_range, config.pad_token_id),
  );
