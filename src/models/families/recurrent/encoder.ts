import * as z from 'zod';
import { add, constantTensor, gather, mulDim, reshape, sizeOf, type Tensor } from '../../../graph/index.ts';
import { embed, normalWithPadding, recurrent, type Scope } from '../../../nn/index.ts';
import { cast, concat, less } from '../../../ops/index.ts';
import type { Body } from '../../body/body.ts';
import { derived } from '../../derived-field.ts';
import { baseHead } from '../../heads/base.ts';
import { sequenceClassificationHead } from '../../heads/sequence-classification.ts';
import { tokenClassificationHead } from '../../heads/token-classification.ts';
import { characterInputs } from '../../inputs/character-input.ts';
import { textInputs } from '../../inputs/text-input.ts';
import { textTokens } from '../../tokens.ts';
import { encoderFiles } from '../encoder-files.ts';
import type { FamilyRow } from '../family-row.ts';
import { count } from '../field.ts';
import { checkTokenIds, embeddingTable, recurrentConfig, recurrentFields } from './fields.ts';

/** The schema of a `config.json` of `model_type` `recurrent_encoder`. */
const recurrentEncoderConfig = z
  .strictObject({
    model_type: z
      .literal('recurrent_encoder')
      .describe('recurrent layers that read a text, and optionally the characters of its words'),
    ...recurrentFields,
    bidirectional: z
      .boolean()
      .default(true)
      .describe('whether to read in both directions; token vectors are then twice as wide'),
    character_vocab_size: derived(count.optional(), 'number of known characters, if tokenizer.characters is on'),
    character_embedding_size: count.default(32).describe('width of character vectors'),
    character_hidden_size: count
      .default(50)
      .describe('width of the state of one direction over the characters of a word'),
  })
  .superRefine(({ pad_token_id, vocab_size }, context) =>
    checkTokenIds({ pad_token_id }, ['vocab_size', vocab_size], context),
  );

export type RecurrentEncoderConfig = z.output<typeof recurrentEncoderConfig>;

/**
 * A recurrent reader of sequences: embeddings (and a word's characters, read in both directions), then recurrent layers.
 *
 * Parameters: `embed_tokens.weight`, `characters.embed.weight`, `characters.rnn.*`, `rnn.*` by PyTorch's names.
 * Source: Graves & Schmidhuber 2005; for characters Lample et al. 2016.
 */
function recurrentEncoder(config: RecurrentEncoderConfig): Body {
  const { bidirectional: isBidirectional, character_vocab_size: characters } = config;
  const wordWidth = config.embedding_size + (characters ? 2 * config.character_hidden_size : 0);
  const layers = recurrentConfig(config, wordWidth, { isBidirectional });
  const table = (root: Scope): Tensor => embeddingTable(root.at('model.embed_tokens'), config);
  return {
    inputs: [...textInputs(textTokens(config)), ...(characters === undefined ? [] : characterInputs(characters))],
    table,
    width: config.hidden_size * (isBidirectional ? 2 : 1),
    run(root, { input_ids, attention_mask, character_ids, character_ends }) {
      const scope = root.at('model');
      const mask = cast(attention_mask, { dtype: 'float' });
      const words = scope.layer('embed_tokens', () => embed(table(root), input_ids, config.pad_token_id));
      const read =
        character_ids &&
        character_ends &&
        scope.layer('characters', (at) => readCharacters(at, config, character_ids, character_ends));
      const vectors = scope.section('embed_tokens', () =>
        scope.dropout(read ? concat([words, read], { axis: 2 }) : words, config.dropout),
      );
      const { output } = scope.layer('rnn', (at) => recurrent(at, layers, vectors, { mask }));
      return { last_hidden_state: scope.section('rnn', () => scope.dropout(output, config.dropout)) };
    },
  };
}

/**
 * The states of both directions where the reading of a token ends. `ids`: [R, C], `ends`: [B, T, 2], of
 * the inputs `character_ids` and `character_ends` → [B, T, 2·Hc]. A word that occurs several times in a batch is read once, dropout included.
 */
function readCharacters(scope: Scope, config: RecurrentEncoderConfig, ids: Tensor, ends: Tensor): Tensor {
  const { character_vocab_size = 1, character_embedding_size: width, character_hidden_size: hiddenSize } = config;
  const table = scope.parameter(
    'embed.weight',
    [character_vocab_size, width],
    normalWithPadding(config.initializer_range, 0),
  );
  const mask = cast(less(constantTensor([0], [], 'int32'), ids), { dtype: 'float' });
  const layer = { cell: config.cell, inputSize: width, hiddenSize, isBidirectional: true };
  const vectors = scope.section('embed_tokens', () => scope.dropout(embed(table, ids, 0), config.dropout));
  const { output } = scope.layer('rnn', (at) => recurrent(at, layer, vectors, { mask, isPacked: true }));
  // The states of both directions are adjacent, so those of a position are two rows of a table.
  const states = reshape(output, { shape: [mulDim(2, sizeOf(ids.shape)), hiddenSize] });
  const rows = add(add(ends, ends), constantTensor([0, 1], [2], 'int32'));
  const [batch, time] = ends.shape;
  return reshape(gather(states, rows), { shape: [batch, time, 2 * hiddenSize] });
}

/** The encoder's row in the table of families. */
export const recurrentEncoderFamily: FamilyRow<RecurrentEncoderConfig> = {
  config: recurrentEncoderConfig,
  fileDefaults: {},
  neutral: {},
  heads: [
    baseHead('HeddleRecurrentEncoder'),
    sequenceClassificationHead('HeddleRecurrentEncoderForSequenceClassification'),
    tokenClassificationHead('HeddleRecurrentEncoderForTokenClassification'),
  ],
  body: recurrentEncoder,
  tokens: (config) => textTokens(config),
  files: encoderFiles,
};
