import { mul, reshape, type Tensor, zerosOf } from '../../../graph/index.ts';
import { alignmentKeys, cellOf, embed, kaimingUniform, recurrent, type Scope, zeros } from '../../../nn/index.ts';
import { argmax, cast, less, linear } from '../../../ops/index.ts';
import type { Body } from '../../body/body.ts';
import type { StateTensor } from '../../body/decoder.ts';
import { sequenceGeneration, sequenceTokens, targetSize } from '../../heads/fields/sequence-fields.ts';
import { sequenceHead } from '../../heads/sequence-lm.ts';
import type { OutputLayer } from '../../heads/terms/token-term.ts';
import { sequenceInputs } from '../../inputs/text-input.ts';
import type { FamilyRow } from '../family-row.ts';
import {
  type Attend,
  attendTo,
  decodeAtOnce,
  decodeInTurn,
  decoderParts,
  decodeToken,
  firstStates,
} from './decoder.ts';
import { embeddingTable, recurrentConfig } from './fields.ts';
import { type RecurrentSeq2SeqConfig, recurrentSeq2SeqConfig } from './seq2seq-config.ts';
import { beamsOf, rowStates, rowsOf, stateNames } from './state.ts';

/**
 * A recurrent encoder and a recurrent decoder, with or without attention.
 *
 * The decoder's states start as tanh(W·[the encoder's last states]), or as these states with `init_hidden: last`. With `attention_query: previous` a step is
 * c = attend(s), s′ = cell([y; c], s), output tanh(W_o·[s′; c; y]) (Bahdanau, Cho & Bengio 2015); with `current` it is
 * s′ = cell(y, s), c = attend(s′), output tanh(W_c·[s′; c]) (Luong, Pham & Manning 2015), which with `input_feeding`
 * enters the next step too. Without attention the output is s′ (Sutskever, Vinyals & Le 2014).
 * Alignments α are tapped as `cross_attentions.0`, [B, 1, T, S].
 */
function recurrentSeq2Seq(config: RecurrentSeq2SeqConfig): Body {
  const parts = decoderParts(config);
  const { layers, alignment, hasContextIn, hasInputFeeding, outputSize } = parts;
  const decode = hasContextIn || hasInputFeeding ? decodeInTurn : decodeAtOnce;
  const own = stateNames(layers.layers ?? 1, cellOf(layers).states);
  const names = hasInputFeeding ? [...own, 'past_states.output'] : own;
  const vectors = (root: Scope, ids: Tensor): Tensor =>
    embed(tokenTable(root, config, 'decoder'), ids, config.pad_token_id);
  const table = (root: Scope) => tokenTable(root, config, 'decoder');
  const { head } = outputOf(config, { table });
  return {
    inputs: sequenceInputs(sequenceTokens(config)),
    width: outputSize,
    table,
    run(root, { input_ids, attention_mask, decoder_input_ids, teacher_forcing: probability }) {
      const { memory, first } = readSource(root, config, input_ids, attention_mask);
      const decoder = root.at('model.decoder');
      const y = decoder.section('embed_tokens', () =>
        decoder.dropout(vectors(root, decoder_input_ids), config.dropout),
      );
      const hidden = root.layer('model.decoder', (at) => {
        if (!probability) return at.dropout(decode(at, parts, y, first, memory), config.dropout);
        const [batch, time] = decoder_input_ids.shape;
        const { weight, bias } = head(root);
        const sampling = {
          isGold: less(cast(at.at('sampling').random([time, batch]), { dtype: 'float' }), mul(probability, 256)),
          choose: (output: Tensor) => vectors(root, argmax(linear(output, weight, bias))),
        };
        return at.dropout(decodeInTurn(at, parts, y, first, memory, sampling), config.dropout);
      });
      return { last_hidden_state: hidden, encoder_last_hidden_state: memory.memory };
    },

    decoder: {
      slots: {},
      canSample: true,
      start(root, { input_ids, attention_mask }) {
        const { memory, first } = readSource(root, config, input_ids, attention_mask);
        const [batch] = input_ids.shape;
        const carried = hasInputFeeding ? [...first, zerosOf([batch, outputSize])] : first;
        const rows = carried.map((row) => reshape(row, { shape: [batch, 1, row.shape[1]] }));
        const source = Object.entries(alignment ? memory : {}).map(([name, tensor]): [string, StateTensor] => [
          `encoder.${name}`,
          { tensor, kind: 'source', isMask: name === 'mask' },
        ]);
        return { ...Object.fromEntries(source), ...rowStates(names, rows) };
      },

      step(root, state, { tokens }) {
        const of = (name: string): Tensor => state[`encoder.${name}`].tensor;
        return root.layer('model.decoder', (at) => {
          const attend: Attend = (query) => {
            const memory = { memory: of('memory'), keys: of('keys'), mask: of('mask') };
            const { context, weights } = attendTo(at, parts, beamsOf(query, tokens), memory);
            const [sentences, beams, source] = weights.shape;
            at.trace.tap('cross_attentions.0', reshape(weights, { shape: [sentences, 1, beams, source] }));
            return rowsOf(context);
          };
          const before = names.map((name) => rowsOf(state[name].tensor));
          const { output, carried } = decodeToken(at, parts, rowsOf(vectors(root, tokens)), before, attend);
          const next = carried.map((tensor) => beamsOf(tensor, tokens));
          return { hidden: beamsOf(output, tokens), state: { ...state, ...rowStates(names, next) } };
        });
      },
    },
  };
}

/** The embedding table of one side, shared or its own, [V, E]. */
function tokenTable(root: Scope, config: RecurrentSeq2SeqConfig, side: 'encoder' | 'decoder'): Tensor {
  const path = config.share_encoder_decoder_embeddings ? 'model.shared' : `model.${side}.embed_tokens`;
  return embeddingTable(root.at(path), config, side === 'decoder' ? targetSize(config) : config.vocab_size);
}

/** What the decoder gets from a source: the memory and its first states. */
function readSource(root: Scope, config: RecurrentSeq2SeqConfig, ids: Tensor, attentionMask: Tensor) {
  const parts = decoderParts(config);
  const mask = cast(attentionMask, { dtype: 'float' });
  const [batch, source] = ids.shape;
  const encoder = root.at('model.encoder');
  const x = encoder.section('embed_tokens', () =>
    encoder.dropout(embed(tokenTable(root, config, 'encoder'), ids, config.pad_token_id), config.dropout),
  );
  const layers = recurrentConfig(config, config.embedding_size, { isBidirectional: config.bidirectional });
  const read = root.layer('model.encoder.rnn', (at) => recurrent(at, layers, x, { mask }));
  const memory = encoder.section('rnn', () => encoder.dropout(read.output, config.dropout));
  const { alignment } = parts;
  const keys = alignment ? root.layer('model.decoder.attention', (at) => alignmentKeys(at, alignment, memory)) : memory;
  return {
    memory: { memory, keys, mask: reshape(mask, { shape: [batch, 1, source] }) },
    first: root.layer('model.decoder', (at) => firstStates(at, parts, read.states)),
  };
}

/** The output layer `lm_head`, tied to the decoder's embeddings or with a weight of its own. */
const outputOf = (config: RecurrentSeq2SeqConfig, { table }: Pick<Body, 'table'>): OutputLayer => ({
  head: (root) => ({
    weight: config.tie_word_embeddings
      ? table(root)
      : root.parameter('lm_head.weight', [targetSize(config), decoderParts(config).outputSize], kaimingUniform()),
    bias: root.parameter('lm_head.bias', [targetSize(config)], zeros),
  }),
});

/** The encoder–decoder's row in the table of families. */
export const recurrentSeq2SeqFamily: FamilyRow<RecurrentSeq2SeqConfig> = {
  config: recurrentSeq2SeqConfig,
  fileDefaults: {},
  neutral: {},
  heads: [sequenceHead('HeddleRecurrentSeq2Seq', outputOf)],
  body: recurrentSeq2Seq,
  tokens: (config) => sequenceTokens(config),
  generationDefaults: sequenceGeneration,
};
