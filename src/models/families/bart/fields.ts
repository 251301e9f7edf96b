import * as z from 'zod';
import { derived } from '../../derived-field.ts';
import { targetLimit, targetTokenFields, type vocabularyFields } from '../../heads/fields/sequence-fields.ts';
import { activation, count, mostLayers, rate, refusing, tokenId } from '../field.ts';
import { type NeutralFields, otherNames } from '../transformers-field.ts';

/** A stack may have no blocks. */
const layers = z.int().min(0).max(mostLayers);
/** Limit on the numbers in a position table: it can be a constant of the graph, and an ONNX file must stay below 2 GiB. */
const largestTable = 2 ** 28;

/** What recipes that omit a field mean, where relatives differ. */
export interface BartDefaults {
  readonly d_model: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffn_dim: number;
  readonly activation_function: string;
  readonly max_position_embeddings: number;
  readonly scale_embedding: boolean;
}

/** Defaults of Transformers' `BartConfig`, `MBartConfig`, `PegasusConfig` and `MarianConfig`. */
export const largeDefaults: BartDefaults = {
  d_model: 1024,
  layers: 12,
  heads: 16,
  ffn_dim: 4096,
  activation_function: 'gelu',
  max_position_embeddings: 1024,
  scale_embedding: false,
};

/** The fields that BART's `config.json` and those of its relatives share, as Transformers 5.24 names them. */
export const bartFields = (defaults: BartDefaults) => ({
  d_model: count.default(defaults.d_model).describe('width of token vectors'),
  encoder_layers: layers.default(defaults.layers).describe('number of encoder blocks'),
  decoder_layers: layers.default(defaults.layers).describe('number of decoder blocks'),
  encoder_attention_heads: count
    .default(defaults.heads)
    .describe('attention heads of the encoder; must divide d_model'),
  decoder_attention_heads: count
    .default(defaults.heads)
    .describe('attention heads of the decoder; must divide d_model'),
  encoder_ffn_dim: count.default(defaults.ffn_dim).describe('hidden width of the encoder’s feed-forward layers'),
  decoder_ffn_dim: count.default(defaults.ffn_dim).describe('hidden width of the decoder’s feed-forward layers'),
  activation_function: activation
    .default(defaults.activation_function)
    .describe('activation of the feed-forward layers'),
  dropout: rate.default(0.1).describe('dropout of embeddings and of every sublayer'),
  attention_dropout: rate.default(0).describe('dropout of attention weights'),
  activation_dropout: rate.default(0).describe('dropout after activation_function'),
  max_position_embeddings: count
    .default(defaults.max_position_embeddings)
    .describe('maximum number of tokens in a source or a target'),
  init_std: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  scale_embedding: z
    .boolean()
    .default(defaults.scale_embedding)
    .describe('whether embeddings are multiplied by √d_model'),
  encoder_layerdrop: z.literal(0).optional().describe('training never skips encoder blocks'),
  decoder_layerdrop: z.literal(0).optional().describe('training never skips decoder blocks'),
  tie_word_embeddings: z
    .boolean()
    .default(true)
    .describe('whether the output layer reuses the decoder’s embedding table'),
  pad_token_id: derived(tokenId, 'token that pads short texts'),
  ...targetTokenFields,
  is_encoder_decoder: z.literal(true).default(true).describe('an encoder and a decoder'),
});

/** Fields of the files of BART and of its relatives that affect no result. */
export const bartNeutral: NeutralFields = {
  _num_labels: 'any',
  add_bias_logits: { only: [false], why: 'Transformers never reads it' },
  classif_dropout: 'any',
  classifier_dropout: 'any',
  extra_pos_embeddings: 'any',
  force_bos_token_to_be_generated: 'any',
  num_hidden_layers: { sameAs: 'encoder_layers' },
  ...otherNames({ hidden_size: 'd_model', num_attention_heads: 'encoder_attention_heads' }),
};

/** The schema of a `config.json` whose sides share one vocabulary; check it with {@link checkBart}. */
export const bartSchema = (modelType: string, about: string) =>
  z.strictObject({
    model_type: z.literal(modelType).describe(about),
    vocab_size: derived(count, 'size of the vocabulary'),
    ...bartFields(largeDefaults),
  });

type Shared = z.output<z.ZodObject<ReturnType<typeof bartFields>>>;

/** A configuration of BART or of a relative. mBART need not have a start token. */
export interface BartConfig
  extends Omit<Shared, 'decoder_start_token_id'>,
    Partial<z.output<z.ZodObject<typeof vocabularyFields>>> {
  readonly model_type: string;
  readonly vocab_size: number;
  readonly decoder_start_token_id: number | null;
}

/** The token that a decoder starts from where no target says it. */
export const startToken = ({ decoder_start_token_id: start, eos_token_id: end }: BartConfig): number => start ?? end;

/** Refuses widths that do not fit, and token ids outside the vocabulary. */
export function checkBart(config: BartConfig, context: z.RefinementCtx): void {
  const wrong = refusing(config, context);
  const { d_model: width, vocab_size: sourceSize, max_position_embeddings: positions } = config;
  for (const field of ['encoder_attention_heads', 'decoder_attention_heads'] as const) {
    if (width % config[field] !== 0) wrong(field, `a divisor of d_model ${width}`);
  }
  if (positions * width > largestTable) {
    wrong('max_position_embeddings', `at most ${Math.floor(largestTable / width)} with d_model ${width}`);
  }
  const [sizeName, size] = targetLimit(config);
  for (const field of ['pad_token_id', 'eos_token_id', 'decoder_start_token_id', 'forced_eos_token_id'] as const) {
    const id = config[field];
    if (id !== null && id >= size) wrong(field, `a token id below ${sizeName} ${size}`);
  }
  if (config.pad_token_id >= sourceSize && size !== sourceSize) {
    wrong('pad_token_id', `a token id below vocab_size ${sourceSize}`);
  }
}
