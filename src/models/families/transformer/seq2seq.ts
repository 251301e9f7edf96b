import type { PositionSchemes } from '../../../nn/index.ts';
import { transformer } from '../../body/transformer.ts';
import { sequenceGeneration, sequenceTokens, targetSize } from '../../heads/fields/sequence-fields.ts';
import { languageHead } from '../../heads/layers/language-head.ts';
import { sequenceHead } from '../../heads/sequence-lm.ts';
import { sequenceInputs } from '../../inputs/text-input.ts';
import type { FamilyRow } from '../family-row.ts';
import { mostTokens, schemeFields } from './fields.ts';
import { type TransformerSeq2SeqConfig, transformerSeq2SeqConfig } from './seq2seq-config.ts';
import { stackOf, tokenTable } from './stack.ts';

type Side = 'encoder' | 'decoder';

const wordsOf = (config: TransformerSeq2SeqConfig, side: Side) => {
  if (config.share_encoder_decoder_embeddings) return tokenTable(config, 'shared', config.vocab_size);
  return tokenTable(config, `${side}.embed_tokens`, side === 'encoder' ? config.vocab_size : targetSize(config));
};

/**
 * An encoder–decoder Transformer in which every choice is a field. Its parameters are under `model.encoder`,
 * `model.decoder` and `model.shared`, those of the output layer under `lm_head`. Self-attention gets positions,
 * cross-attention does not.
 *
 * Source: Vaswani et al. 2017.
 */
export function transformerSeq2SeqFamily(schemes: PositionSchemes): FamilyRow<TransformerSeq2SeqConfig> {
  const tokens = (config: TransformerSeq2SeqConfig) => sequenceTokens(config, mostTokens(config, schemes));
  const stack = (config: TransformerSeq2SeqConfig, side: Side, layers: number) =>
    stackOf(config, schemes, {
      at: side,
      words: wordsOf(config, side),
      layers,
      isCausal: side === 'decoder',
      prefix: `${side}_`,
    });
  return {
    config: transformerSeq2SeqConfig(schemes),
    fileDefaults: {},
    neutral: {},
    heads: [sequenceHead<TransformerSeq2SeqConfig>('HeddleTransformerSeq2Seq', languageHead)],
    complete: (config) => ({ ...config, ...schemeFields(config, schemes) }),
    body: (config) =>
      transformer({
        prefix: 'model',
        inputs: sequenceInputs(tokens(config)),
        maxPositions: mostTokens(config, schemes),
        encoder: stack(config, 'encoder', config.num_hidden_layers),
        decoder: stack(config, 'decoder', config.num_decoder_layers ?? config.num_hidden_layers),
      }),
    tokens,
    generationDefaults: sequenceGeneration,
  };
}
