import * as z from 'zod';
import { broadcastTo, mul, type Tensor } from '../../../graph/index.ts';
import { cellOf, embed, kaimingUniform, recurrent, type Scope, zeros } from '../../../nn/index.ts';
import { axisSize } from '../../../ops/index.ts';
import type { Body } from '../../body/body.ts';
import { causalHead } from '../../heads/causal-lm.ts';
import { causalGeneration, causalTokenFields } from '../../heads/fields/causal-fields.ts';
import type { OutputLayer } from '../../heads/terms/token-term.ts';
import { causalInputs } from '../../inputs/text-input.ts';
import { textTokens } from '../../tokens.ts';
import type { FamilyRow } from '../family-row.ts';
import { checkTokenIds, embeddingTable, recurrentConfig, recurrentFields } from './fields.ts';
import { rowStates, stateNames, stepBeams } from './state.ts';

/** The schema of a `config.json` of `model_type` `recurrent_lm`. */
const recurrentLmConfig = z
  .strictObject({
    model_type: z.literal('recurrent_lm').describe('recurrent language model'),
    ...recurrentFields,
    tie_word_embeddings: z
      .boolean()
      .default(false)
      .describe('whether the output layer reuses the embedding table; needs embedding_size = hidden_size'),
    ...causalTokenFields,
  })
  .superRefine(({ vocab_size, pad_token_id, bos_token_id, eos_token_id, ...config }, context) => {
    checkTokenIds({ pad_token_id, bos_token_id, eos_token_id }, ['vocab_size', vocab_size], context);
    if (config.tie_word_embeddings && config.embedding_size !== config.hidden_size) {
      const message = `expected hidden_size = ${config.hidden_size} with tie_word_embeddings, got ${config.embedding_size}`;
      context.addIssue({ code: 'custom', path: ['embedding_size'], message });
    }
  });

export type RecurrentLmConfig = z.output<typeof recurrentLmConfig>;

/**
 * A recurrent language model: embeddings, recurrent layers, an output layer. Every text starts with a state of zeros.
 *
 * Source: Mikolov et al. 2010; with `variational_dropout` and tied tables Gal & Ghahramani 2016, Press & Wolf 2017.
 */
function recurrentLm(config: RecurrentLmConfig): Body {
  const layers = recurrentConfig(config, config.embedding_size);
  const names = stateNames(config.num_hidden_layers, cellOf(layers).states);
  const table = (root: Scope) => embeddingTable(root.at('model.embed_tokens'), config);
  return {
    inputs: causalInputs(textTokens(config)),
    width: config.hidden_size,
    table,
    run(root, { input_ids }) {
      const scope = root.at('model');
      const x = scope.section('embed_tokens', () => scope.dropout(embed(table(root), input_ids), config.dropout));
      const { output } = scope.layer('rnn', (at) => recurrent(at, layers, x));
      return { last_hidden_state: scope.section('rnn', () => scope.dropout(output, config.dropout)) };
    },
    decoder: {
      slots: {},
      start: (_, { input_ids: tokens }) =>
        rowStates(
          names,
          names.map(() => zerosFor(tokens, config.hidden_size)),
        ),
      step(root, state, { tokens }) {
        const x = embed(table(root), tokens);
        const past = names.map((name) => state[name].tensor);
        const { output, states } = root.at('model').layer('rnn', (at) => stepBeams(at, layers, x, past));
        return { hidden: output, state: rowStates(names, states) };
      },
    },
  };
}

/**
 * Zeros for every row of `tokens`, [B, 1, H]. They read its size, so that a graph of only these zeros has it as an
 * input.
 */
const zerosFor = (tokens: Tensor, width: number): Tensor =>
  broadcastTo(mul(axisSize(tokens, { axis: 0 }), 0), { shape: [tokens.shape[0], 1, width] });

/** The output layer `lm_head`, tied to the embeddings or with a weight of its own. */
const outputOf = (config: RecurrentLmConfig, { table }: Body): OutputLayer => ({
  head: (root) => ({
    weight: config.tie_word_embeddings
      ? table(root)
      : root.parameter('lm_head.weight', [config.vocab_size, config.hidden_size], kaimingUniform()),
    bias: root.parameter('lm_head.bias', [config.vocab_size], zeros),
  }),
});

/** The language model's row in the table of families. */
export const recurrentLmFamily: FamilyRow<RecurrentLmConfig> = {
  config: recurrentLmConfig,
  fileDefaults: {},
  neutral: {},
  heads: [causalHead('HeddleRecurrentLM', outputOf)],
  body: recurrentLm,
  tokens: (config) => textTokens(config),
  generationDefaults: causalGeneration,
};
