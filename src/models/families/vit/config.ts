import * as z from 'zod';
import { derived } from '../../derived-field.ts';
import type { Extent, ImageForm } from '../../inputs/pixel-input.ts';
import { activation, count, layers, rate, refusing } from '../field.ts';

/** A size in pixels: one number for both sides, or rows and columns. */
export const imageExtent = z.union([count, z.tuple([count, count])]);

const fields = {
  hidden_size: count.default(768).describe('width of patch vectors'),
  num_hidden_layers: layers.default(12).describe('number of blocks'),
  num_attention_heads: count.default(12).describe('attention heads; must divide hidden_size'),
  intermediate_size: count.default(3072).describe('hidden width of the feed-forward layers'),
  hidden_act: activation.default('gelu').describe('activation of the feed-forward layers'),
  hidden_dropout_prob: rate.default(0).describe('dropout of embeddings and of every sublayer'),
  attention_probs_dropout_prob: rate.default(0).describe('dropout of attention weights'),
  initializer_range: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  layer_norm_eps: z.number().positive().default(1e-12).describe('added to the variance in a norm’s denominator'),
  image_size: derived(imageExtent, 'pixels of an image: of both sides, or rows and columns'),
  patch_size: imageExtent
    .default(16)
    .describe('pixels of a patch: of both sides, or rows and columns; must divide image_size'),
  num_channels: derived(count, 'channels of an image: 3 for colours, 1 for grey'),
  qkv_bias: z.boolean().default(true).describe('whether queries, keys and values have biases'),
  pooler_act: activation.default('tanh').describe('activation of the pooler, which only the class without a head has'),
  pooler_output_size: count.nullish().describe('width of the pooler’s vector; null means hidden_size'),
};

const vitFields = z.strictObject({ model_type: z.string(), ...fields });

/** A configuration of ViT or of a relative. */
export type VitConfig = z.output<typeof vitFields>;

/** The schema of a `config.json` like ViT's, with its `model_type`. Defaults are those of Transformers' `ViTConfig`. */
export const vitConfig = (modelType: string, about: string) =>
  z.strictObject({ model_type: z.literal(modelType).describe(about), ...fields }).superRefine((config, context) => {
    const wrong = refusing(config, context);
    const { hidden_size: width, num_attention_heads: heads } = config;
    if (width % heads !== 0) wrong('num_attention_heads', `a divisor of hidden_size ${width}`);
    const { size, patch } = imageForm(config);
    const divides = size.every((pixels, axis) => pixels % (patch[axis] ?? 1) === 0);
    if (!divides) wrong('patch_size', `a divisor of image_size ${size.join(' × ')}`);
  });

const both = (size: number | Extent): Extent => (typeof size === 'number' ? [size, size] : size);

/** The images that a configuration is for. */
export const imageForm = (config: Pick<VitConfig, 'image_size' | 'patch_size' | 'num_channels'>): ImageForm => ({
  channels: config.num_channels,
  size: both(config.image_size),
  patch: both(config.patch_size),
});

/** Defaults of Transformers' `ViTConfig` for fields that a `config.json` omits and a recipe derives from its data. */
export const vitFileDefaults = { image_size: 224, num_channels: 3 };
