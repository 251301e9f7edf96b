import * as z from 'zod';
import {
  activations,
  gates,
  type NormType,
  norms,
  type PositionConfig,
  type PositionSchemes,
} from '../../../nn/index.ts';
import { derived } from '../../derived-field.ts';
import { count, layers, rate, tokenId } from '../field.ts';

/** Fields of Heddle's own Transformers, with the names of BERT's configuration where it has them. */
const sharedFields = {
  vocab_size: derived(count, 'size of the vocabulary, or of the source’s if each side has its own'),
  hidden_size: count.default(512).describe('width of token vectors'),
  num_hidden_layers: layers.default(6).describe('number of blocks; in an encoder–decoder those of the encoder'),
  num_attention_heads: count.default(8).describe('attention heads; must divide hidden_size unless head_size is set'),
  head_size: count.optional().describe('width of a head’s keys; by default hidden_size / num_attention_heads'),
  head_value_size: count.optional().describe('width of a head’s values; by default that of its keys'),
  intermediate_size: count.default(2048).describe('hidden width of the feed-forward layers'),
  hidden_act: z
    .enum([...Object.keys(activations), ...Object.keys(gates)])
    .default('gelu')
    .describe('activation of the feed-forward layers; gated ones have a third weight matrix'),
  norm: z
    .enum(['pre', 'post'])
    .default('pre')
    .describe('normalisation before each sublayer, or after its residual sum'),
  norm_type: z
    .enum(Object.keys(norms) as NormType[])
    .default('layer_norm')
    .describe('rms_norm does not subtract the mean and has no bias'),
  norm_eps: z.number().positive().default(1e-5).describe('added to the variance in a norm’s denominator'),
  max_position_embeddings: count
    .optional()
    .describe('maximum number of tokens in a text; 512 if positions are a table'),
  dropout: rate.default(0.1).describe('dropout of embeddings and of every sublayer'),
  attention_dropout: rate.default(0).describe('dropout of attention weights'),
  activation_dropout: rate.default(0).describe('dropout after hidden_act'),
  initializer_range: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  scale_embedding: z.boolean().default(true).describe('whether embeddings are multiplied by √hidden_size'),
  pad_token_id: derived(tokenId, 'token that pads short texts'),
};

const shared = z.object({ ...sharedFields, model_type: z.string(), position_embedding_type: z.string() });

/** The fields of all Transformers' configurations; a position scheme adds its own. */
export type TransformerConfig = z.output<typeof shared>;

type Shape = Readonly<Record<string, z.ZodType>>;

/** A field of one position scheme. If omitted it stays absent: only its scheme fills in its default. */
function ofScheme(scheme: string, field: z.ZodType): z.ZodType {
  const description = `${field.description}; for position_embedding_type ${scheme}`;
  if (!(field instanceof z.ZodDefault)) return field.optional().describe(description);
  return (field.removeDefault() as z.ZodType).optional().meta({ description, default: field.def.defaultValue });
}

/** The configuration as its position scheme receives it. */
export function positionConfig(config: TransformerConfig, schemes: PositionSchemes, isCausal: boolean): PositionConfig {
  const { hidden_size: width, num_attention_heads: heads } = config;
  const headWidth = config.head_size ?? width / heads;
  return {
    width,
    heads,
    headWidth,
    headValueWidth: config.head_value_size ?? headWidth,
    isCausal,
    rows: mostTokens(config, schemes) ?? 0,
  };
}

/** The longest text that the positions allow; undefined if there is no limit. */
export const mostTokens = (config: TransformerConfig, schemes: PositionSchemes): number | undefined =>
  config.max_position_embeddings ?? schemes[config.position_embedding_type].defaultRows;

/** The fields that the chosen scheme reads, its defaults filled in. */
export const schemeFields = (config: TransformerConfig, schemes: PositionSchemes): Record<string, unknown> =>
  z.object(schemes[config.position_embedding_type].fields).parse(config);

/**
 * The schema of a configuration: the shared fields, the family's `own`, and those of the chosen position scheme. Token
 * ids are below the size that `vocabularies` gives for their field.
 */
export function transformerConfig<C extends TransformerConfig>(
  [modelType, about]: readonly [name: string, about: string],
  own: Shape,
  schemes: PositionSchemes,
  vocabularies: (config: C) => Readonly<Record<string, readonly [field: string, size: number]>>,
): z.ZodObject & z.ZodType<C> {
  const particular: Shape = Object.fromEntries(
    Object.entries(schemes).flatMap(([scheme, { fields }]) =>
      Object.entries(fields).map(([name, field]) => [name, ofScheme(scheme, field as z.ZodType)] as const),
    ),
  );
  // Built from tables whose fields the type checker cannot follow; only here do they become C.
  const form = z.strictObject({
    model_type: z.literal(modelType).describe(about),
    ...sharedFields,
    position_embedding_type: z
      .enum(Object.keys(schemes))
      .default('sinusoidal')
      .describe('how the model represents the order of tokens'),
    ...own,
    ...particular,
  }) as z.ZodObject as z.ZodObject & z.ZodType<C>;
  return form.superRefine((config: C, context) => {
    const value = (field: string) => (config as Readonly<Record<string, unknown>>)[field];
    const wrong = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    const { hidden_size: width, num_attention_heads: heads, position_embedding_type: type } = config;
    const scheme = schemes[type];
    if (config.head_size === undefined && width % heads !== 0) {
      wrong('num_attention_heads', `expected a divisor of hidden_size ${width}, got ${heads}`);
      return;
    }
    for (const field of Object.keys(particular)) {
      if (value(field) === undefined || Object.hasOwn(scheme.fields, field)) continue;
      wrong(field, `not used by position_embedding_type ${type}; remove it`);
    }
    const fault = scheme.fault?.(positionConfig(config, schemes, false), schemeFields(config, schemes));
    if (fault) wrong('position_embedding_type', `${type}: ${fault}`);
    for (const [field, [name, size]] of Object.entries(vocabularies(config))) {
      const id = value(field);
      if (typeof id === 'number' && id >= size) wrong(field, `expected a token id below ${name} ${size}, got ${id}`);
    }
  });
}
