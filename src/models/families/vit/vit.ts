import { addDim, mulDim } from '../../../graph/index.ts';
import { type BlockConfig, type Dense, linear, normal } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { imageClassificationHead, imageEncoderHead } from '../../heads/image-classification.ts';
import { pixelInputs } from '../../inputs/pixel-input.ts';
import { type EncoderNames, encoderBlock } from '../encoder-block.ts';
import type { FamilyRow } from '../family-row.ts';
import { imageExtent, imageForm, type VitConfig, vitConfig, vitFileDefaults } from './config.ts';
import { imageEmbedding, imageLayout, type LearnedTokens } from './embedding.ts';
import { resizedPositions } from './resized-position.ts';

/** What differs between ViT and its relatives. */
export interface VitKind {
  readonly config: FamilyRow<VitConfig>['config'];
  /** What its classes' names start with. */
  readonly name: string;
  /** Prefix of the body's parameters in classes with a head. */
  readonly prefix: string;
  tokens(config: VitConfig): LearnedTokens;
  /** Its classes besides the body alone and the classifier over the first token. */
  readonly heads?: readonly HeadRow<VitConfig>[];
  /** Patterns of the parameters of those classes. */
  readonly headNames?: readonly string[];
}

/** Those that files have: of Transformers 4, which Transformers 5 still writes. */
const names: EncoderNames = {
  block: {
    self: 'attention',
    selfNorm: 'layernorm_before',
    cross: 'crossattention',
    crossNorm: 'layernorm_cross',
    feedForwardNorm: 'layernorm_after',
  },
  attention: { query: 'attention.query', key: 'attention.key', value: 'attention.value', out: 'output.dense' },
  feedForward: { inner: 'intermediate.dense', outer: 'output.dense', gate: 'gate' },
};

/** A block with a norm before every sublayer. */
function blockOf(config: VitConfig): BlockConfig {
  const { attention, ...block } = encoderBlock(config, names);
  const dense: Dense = (at, layer, x) => linear(at, { ...layer, hasBias: config.qkv_bias || layer.part === 'out' }, x);
  return { ...block, attention: { ...attention, dense }, normPlace: 'pre' };
}

interface BodyUse extends Pick<HeadRow<VitConfig>, 'readsPooler' | 'readsFirstOnly'> {
  readonly prefix: string;
  readonly tokens: LearnedTokens;
}

function bodyOf(config: VitConfig, { prefix, tokens, readsPooler, readsFirstOnly }: BodyUse): Body {
  return transformer({
    prefix,
    inputs: pixelInputs(imageForm(config)),
    length: ({ position_rows: rows, position_columns: columns }) =>
      addDim(mulDim(rows.shape[0], columns.shape[0]), tokens.names.length),
    encoder: {
      at: '',
      embed: imageEmbedding(config, tokens),
      layers: config.num_hidden_layers,
      layer: (index) => `encoder.layer.${index}`,
      block: () => blockOf(config),
      end: [{ norm: 'layernorm' }],
      shows: 'raw',
    },
    isFirstOnly: readsFirstOnly,
    pooler: readsPooler
      ? {
          at: 'pooler.dense',
          activation: config.pooler_act,
          width: config.pooler_output_size ?? config.hidden_size,
          initializer: normal(0, config.initializer_range),
        }
      : undefined,
  });
}

/** A family with ViT's configuration, inputs and names. */
export const vitKind = ({
  config,
  name,
  prefix,
  tokens,
  heads = [],
  headNames = [],
}: VitKind): FamilyRow<VitConfig> => ({
  config,
  fileDefaults: vitFileDefaults,
  neutral: { encoder_stride: 'any' },
  heads: [
    imageEncoderHead<VitConfig>(`${name}Model`, (it) => imageLayout(it, tokens(it))),
    imageClassificationHead<VitConfig>(`${name}ForImageClassification`, (it) => imageLayout(it, tokens(it))),
    ...heads,
  ],
  body: (it, { role, readsPooler, readsFirstOnly }) =>
    bodyOf(it, { prefix: role === 'image-encoder' ? '' : prefix, tokens: tokens(it), readsPooler, readsFirstOnly }),
  files: () => ({
    checkpoint: {
      prefix,
      // What masked images add: a token, and a decoder of pixels.
      heads: [`${prefix}.pooler.**`, 'classifier.**', ...headNames, 'decoder.**', `${prefix}.embeddings.mask_token`],
    },
    copies: new Map(),
  }),
  remade: (it, { image_size = vitFileDefaults.image_size }) => {
    const before = imageExtent.safeParse(image_size);
    return before.success ? resizedPositions(it, before.data, tokens(it).names.length) : [];
  },
});

/**
 * ViT: an encoder of an image's patches, with learned positions and a norm before every sublayer.
 *
 * Source: Dosovitskiy et al. 2021; transformers 5.24.0 modeling_vit.py for classes, conversion_mapping.py for names.
 */
export const vitFamily: FamilyRow<VitConfig> = vitKind({
  config: vitConfig('vit', 'encoder of images of Dosovitskiy et al. 2021, as in Transformers'),
  name: 'ViT',
  prefix: 'vit',
  tokens: ({ initializer_range: deviation }) => ({ names: ['cls_token'], initializer: normal(0, deviation) }),
});
