import { z } from 'zod';
import { activations, gates, type NormType, norms, type PositionConfig, type PositionSchemes } from '../nn/index.ts';
import { derived } from './derived-field.ts';

const count = z.int().min(1);
const rate = z.number().min(0).lt(1);
export const tokenId = z.int().min(0);

/** More layers than any model has: tracing them would take all memory before a checkpoint could disagree. */
export const layerCount = z.int().min(1).max(1000);

/** Fields of every Transformer of Heddle's own, by the names that BERT's configuration has where it has one. */
const sharedFields = {
  vocab_size: derived(count, 'tokens of the vocabulary, of the source’s where each side has its own'),
  hidden_size: count.default(512).describe('width of a token’s vector'),
  num_hidden_layers: layerCount.default(6).describe('blocks; of an encoder–decoder the encoder’s'),
  num_attention_heads: count.default(8).describe('heads of attention; a divisor of hidden_size, or head_size is given'),
  head_size: count.optional().describe('width of a head’s keys; hidden_size / num_attention_heads when left out'),
  head_value_size: count.optional().describe('width of a head’s values; that of its keys when left out'),
  intermediate_size: count.default(2048).describe('width between the two feed-forward maps'),
  hidden_act: z
    .enum([...Object.keys(activations), ...Object.keys(gates)])
    .default('gelu')
    .describe('between the two feed-forward maps; the gated ones have a third map'),
  norm: z
    .enum(['pre', 'post'])
    .default('pre')
    .describe('normalisation before each sublayer, or after its residual sum'),
  norm_type: z
    .enum(Object.keys(norms) as NormType[])
    .default('layer_norm')
    .describe('rms_norm takes no mean away and has no bias'),
  norm_eps: z.number().positive().default(1e-5).describe('added to the variance that a norm divides by'),
  max_position_embeddings: count.optional().describe('tokens of a text at most; 512 where positions are a table'),
  dropout: rate.default(0.1).describe('of embeddings and of every sublayer'),
  attention_dropout: rate.default(0).describe('of attention weights'),
  activation_dropout: rate.default(0).describe('after hidden_act'),
  initializer_range: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  scale_embedding: z.boolean().default(true).describe('embeddings times √hidden_size'),
  pad_token_id: derived(tokenId, 'the token that fills short texts up'),
};

const shared = z.object({ ...sharedFields, model_type: z.string(), position_embedding_type: z.string() });

/** What all Transformers' configurations have; a scheme's own fields stand beside. */
export type TransformerConfig = z.output<typeof shared>;

type Shape = Readonly<Record<string, z.ZodType>>;

/** A field of one scheme of positions. It stays absent where it is left out: only its scheme fills in its default. */
function ofScheme(scheme: string, field: z.ZodType): z.ZodType {
  const description = `${field.description}; of position_embedding_type ${scheme}`;
  if (!(field instanceof z.ZodDefault)) return field.optional().describe(description);
  return (field.removeDefault() as z.ZodType).optional().meta({ description, default: field.def.defaultValue });
}

/** The configuration as its scheme of positions receives it. */
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

/** The longest text that positions reach; undefined where there is no limit. */
export const mostTokens = (config: TransformerConfig, schemes: PositionSchemes): number | undefined =>
  config.max_position_embeddings ?? schemes[config.position_embedding_type].defaultRows;

/** The fields that the chosen scheme reads, its defaults filled in. */
export const schemeFields = (config: TransformerConfig, schemes: PositionSchemes): Record<string, unknown> =>
  z.object(schemes[config.position_embedding_type].fields).parse(config);

/**
 * The form of a configuration: the shared fields, a family's `own`, and those of the chosen position scheme. Token ids
 * lie below what `vocabularies` says of their field.
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
  // Made of tables, whose fields the type checker cannot follow: the one place where they become C.
  const form = z.strictObject({
    model_type: z.literal(modelType).describe(about),
    ...sharedFields,
    position_embedding_type: z
      .enum(Object.keys(schemes))
      .default('sinusoidal')
      .describe('how the model learns the order of tokens'),
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
