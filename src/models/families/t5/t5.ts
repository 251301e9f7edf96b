import { mul } from '../../../graph/index.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import { baseHead } from '../../heads/base.ts';
import { endTokenClassificationHead } from '../../heads/end-token-classification.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { languageLayer } from '../../heads/layers/language-head.ts';
import { spanHead } from '../../heads/question-answering.ts';
import { sequenceHead } from '../../heads/sequence-lm.ts';
import type { OutputLayer } from '../../heads/terms/token-term.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import type { InputSpec } from '../../inputs/input-spec.ts';
import { sequenceInputs, textInputs } from '../../inputs/text-input.ts';
import { type TextTokens, type TokenRange, textTokens } from '../../tokens.ts';
import { afterStart } from '../bart/shift.ts';
import type { FamilyRow, FileRules, LooseTie } from '../family-row.ts';
import { otherNames } from '../transformers-field.ts';
import { type T5Config, t5Config, t5FileDefaults } from './config.ts';
import { deviationOf, stackOf } from './stack.ts';

type Head = HeadRow<T5Config>;

/** The token that the decoder starts from. */
const startOf = (config: T5Config): number => config.decoder_start_token_id ?? config.pad_token_id;

const rangeOf = (config: T5Config): TokenRange => ({
  sourceVocabulary: config.vocab_size,
  targetVocabulary: config.vocab_size,
  maxTokens: Number.POSITIVE_INFINITY,
  padTokenId: config.pad_token_id,
  eosTokenId: config.eos_token_id,
  decoderStartTokenId: startOf(config),
});

/** The limits of the tokens of a class: of both sides if it writes, else of the texts that it reads. */
const tokensOf = (config: T5Config, { role }: Head): TextTokens | TokenRange =>
  role === 'sequence-to-sequence'
    ? rangeOf(config)
    : { ...textTokens(config), ...(role === 'sequence-classification' && { endTokenId: config.eos_token_id }) };

/** The classes without a decoder. */
const encoderClasses = ['T5EncoderModel', 'T5ForTokenClassification'];
const isEncoder = ({ architecture }: Head): boolean => encoderClasses.includes(architecture);

/** The path of the body in a class. */
const prefixOf = ({ role }: Head): string =>
  role === 'sequence-classification' || role === 'token-classification' ? 'transformer' : '';

/** The inputs of a class with a decoder. A classifier of texts looks for their end tokens among the decoder's vectors. */
function inputsOf(config: T5Config, { role }: Head): readonly InputSpec[] {
  const range = rangeOf(config);
  if (role === 'sequence-to-sequence') return sequenceInputs(range);
  const time = role === 'sequence-classification' ? 'source' : 'target';
  return sequenceInputs(range, { absent: role === 'encoder' ? 'refused' : 'optional', time });
}

function bodyOf(config: T5Config, head: Head): Body {
  const prefix = prefixOf(head);
  if (isEncoder(head)) {
    return transformer({ prefix, inputs: textInputs(textTokens(config)), encoder: stackOf(config, 'encoder', '') });
  }
  return transformer({
    prefix,
    inputs: inputsOf(config, head),
    encoder: stackOf(config, 'encoder', 'encoder_'),
    decoder: stackOf(config, 'decoder', 'decoder_'),
    decoderIds: (ids) => afterStart(ids, startOf(config)),
  });
}

/** The output layer, without a bias. What it reads is divided by √d_model unless the embeddings are a table of its own. */
function outputOf(config: T5Config, body: Body): OutputLayer {
  const { tie_word_embeddings: isTied, scale_decoder_outputs: isScaled = isTied, d_model: width } = config;
  const layer = languageLayer(body, { isTied, hasBias: false, deviation: config.initializer_factor });
  return isScaled ? { ...layer, rows: (_, hidden) => mul(hidden, 1 / Math.sqrt(width)) } : layer;
}

function filesOf(config: T5Config, head: Head): FileRules {
  const prefix = prefixOf(head);
  const under = (name: string) => (prefix === '' ? name : `${prefix}.${name}`);
  const lookups = ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'].map(under);
  const tied = config.tie_word_embeddings ? [...lookups, 'lm_head.weight'] : lookups;
  return {
    checkpoint: {
      prefix: 'transformer',
      // T5 1.0's files hold a table of distances for cross-attention, which nothing reads.
      ignore: ['decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight'],
      heads: [
        ...['lm_head.**', 'classification_head.**', 'classifier.**', 'qa_outputs.**'],
        ...(isEncoder(head) ? ['decoder.**'] : []),
      ],
      tied: new Map(tied.map((name) => [name, under('shared.weight')])),
      untiedBy: new Map(lookups.map((name) => [name, null])),
    },
    copies: new Map(),
  };
}

/**
 * Source: transformers 5.24.0 configuration_t5.py, T5Config: `tie_word_embeddings` says only whether vectors are scaled;
 * modeling_utils.py, tie_weights: what is tied is a question of the weights.
 */
const looseTie: LooseTie = {
  layer: 'lm_head.weight',
  tables: ['shared.weight', 'encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'],
  fields({ tie_word_embeddings: said = true, scale_decoder_outputs: isScaled }, isTied) {
    if (typeof said !== 'boolean') return {};
    return { tie_word_embeddings: isTied, scale_decoder_outputs: isScaled ?? said };
  },
};

/**
 * T5: an encoder and a decoder without biases, with root-mean-square norms before their sublayers, whose scores are not
 * scaled and get a learned number for every distance; T5 1.1 has gates and an output layer of its own.
 *
 * Source: Raffel et al. 2020; Shazeer 2020; transformers 5.24.0 modeling_t5.py for names and classes.
 */
export const t5Family: FamilyRow<T5Config> = {
  config: t5Config,
  fileDefaults: t5FileDefaults,
  neutral: {
    ...otherNames({
      head_dim: 'd_kv',
      hidden_size: 'd_model',
      num_attention_heads: 'num_heads',
      num_hidden_layers: 'num_layers',
    }),
    is_encoder_decoder: 'any',
    n_positions: 'any',
  },
  complete: (config) => ({
    ...config,
    num_decoder_layers: config.num_decoder_layers ?? config.num_layers,
    scale_decoder_outputs: config.scale_decoder_outputs ?? config.tie_word_embeddings,
    decoder_start_token_id: startOf(config),
  }),
  heads: [
    sequenceHead('T5ForConditionalGeneration', outputOf),
    baseHead('T5EncoderModel'),
    baseHead('T5Model'),
    endTokenClassificationHead('T5ForSequenceClassification', (config) => ({
      dropout: config.classifier_dropout,
      deviation: deviationOf(config, config.d_model),
    })),
    taggingHead('T5ForTokenClassification', ({ classifier_dropout: dropout, initializer_factor: deviation }) => ({
      dropout,
      deviation,
    })),
    spanHead('T5ForQuestionAnswering', (config) => deviationOf(config, config.d_model)),
  ],
  body: bodyOf,
  tokens: tokensOf,
  files: filesOf,
  looseTie,
  generationDefaults: ({ decoder_start_token_id, eos_token_id, pad_token_id }) => ({
    decoder_start_token_id,
    eos_token_id,
    pad_token_id,
  }),
};
