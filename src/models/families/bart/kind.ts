import type { HeadRow } from '../../heads/head-row.ts';
import type { FamilyRow } from '../family-row.ts';
import type { NeutralFields } from '../transformers-field.ts';
import { type BartBody, bartBody, bartTokens } from './body.ts';
import { type BartConfig, bartNeutral } from './fields.ts';
import { bartFiles } from './files.ts';
import type { BartStack } from './stack.ts';

/** What differs between BART and its relatives. */
export interface BartKind
  extends BartBody,
    Pick<FamilyRow<BartConfig>, 'config' | 'fileDefaults' | 'heads' | 'generationDefaults'> {
  /** Tensors of its files that are not parameters. */
  ignore?(head: HeadRow<BartConfig>): readonly string[];
}

/** Fields of old files that say what a family's stacks are like, and can say nothing else. */
const formNeutral = ({ normPlace, hasEmbeddingNorm, positions }: BartStack): NeutralFields => {
  const isPre = normPlace === 'pre';
  return {
    normalize_before: { only: [isPre], why: `norms are ${isPre ? 'before' : 'after'} the sublayers` },
    normalize_embedding: {
      only: [hasEmbeddingNorm],
      why: `embeddings are ${hasEmbeddingNorm ? '' : 'not '}normalised`,
    },
    add_final_layer_norm: { only: [isPre], why: `${isPre ? 'a' : 'no'} norm follows the last block` },
    static_position_embeddings: {
      only: [!positions.areLearned],
      why: `positions are ${positions.areLearned ? 'learned' : 'sinusoids'}`,
    },
  };
};

/** A family of BART's kind: an encoder and a decoder over one table, with an output layer tied to it. */
export const bartKind = ({ ignore, stack, shifting, ...row }: BartKind): FamilyRow<BartConfig> => {
  const parts: BartBody = { stack, ...(shifting && { shifting }) };
  return {
    ...row,
    neutral: { ...bartNeutral, ...formNeutral(stack) },
    body: (config, head) => bartBody(config, head, parts),
    tokens: (config, head) => bartTokens(config, head, parts),
    files: (config, head) => bartFiles(config, head, ignore?.(head)),
  };
};
