import { legacyLayerNorm } from '../../../weights/name-rule.ts';
import type { FamilyRow, FileRules } from '../family-row.ts';
import { type BertStack, bertBlock, bertBody, bertTokens, normalisedEmbedding } from './body.ts';
import { type BertConfig, bertConfig, bertFileDefaults, bertOwnFields } from './config.ts';
import { bertHeads } from './heads.ts';

/** What differs between BERT and its relatives. */
export interface BertKind {
  readonly config: FamilyRow<BertConfig>['config'];
  /** What its classes' names start with. */
  readonly name: string;
  /** Prefix of the body's parameters in classes with a head. */
  readonly prefix: string;
  readonly fileDefaults: Readonly<Record<string, unknown>>;
  stack(config: BertConfig): BertStack;
}

/** A family with BERT's configuration, inputs, classes and names. */
export function bertKind({ config, name, prefix, fileDefaults, stack }: BertKind): FamilyRow<BertConfig> {
  return {
    config,
    fileDefaults,
    neutral: {},
    heads: bertHeads(name),
    body: (config, head) =>
      bertBody(config, stack(config), {
        prefix: head.role === 'encoder' ? '' : prefix,
        readsPooler: head.readsPooler,
      }),
    tokens: bertTokens,
    files: (config) => bertFiles(config, prefix),
  };
}

function bertFiles(config: BertConfig, prefix: string): FileRules {
  const tied = {
    'cls.predictions.decoder.weight': `${prefix}.embeddings.word_embeddings.weight`,
    'cls.predictions.decoder.bias': 'cls.predictions.bias',
  };
  return {
    checkpoint: {
      prefix,
      rules: legacyLayerNorm,
      ignore: ['**.position_ids', '**.token_type_ids'],
      heads: [`${prefix}.pooler.**`, 'cls.**', 'classifier.**', 'qa_outputs.**'],
      tied: new Map(config.tie_word_embeddings ? Object.entries(tied) : []),
      // Transformers 4 shares the bias even if the weight is not tied, and saves it once.
      fallback: new Map([['cls.predictions.decoder.bias', 'cls.predictions.bias']]),
    },
    copies: new Map(),
  };
}

/**
 * BERT: an encoder whose embeddings are the normalised sum of words, token types and positions, with a norm after every
 * sublayer.
 *
 * Source: Devlin et al. 2019; transformers 5.24.0 modeling_bert.py for names and classes.
 */
export const bertFamily: FamilyRow<BertConfig> = bertKind({
  config: bertConfig('bert', 'encoder of Devlin et al. 2019, as in Transformers', bertOwnFields),
  name: 'Bert',
  prefix: 'bert',
  fileDefaults: bertFileDefaults,
  stack: (config) => ({ embed: normalisedEmbedding(config), block: () => bertBlock(config) }),
});
