import type { FamilyRow, FileRules } from '../family-row.ts';
import { type BertStack, bertBlock, bertBody, bertTokens, normalisedEmbedding } from './body.ts';
import { type BertConfig, bertConfig, bertFileDefaults, bertOwnFields } from './config.ts';
import { relativeFiles } from './files.ts';
import { bertClasses } from './heads.ts';

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
    heads: Object.values(bertClasses<BertConfig>(name)),
    body: (config, head) =>
      bertBody(config, stack(config), {
        prefix: head.role === 'encoder' ? '' : prefix,
        readsPooler: head.readsPooler,
      }),
    tokens: bertTokens,
    files: (config) => bertFiles(config, prefix),
  };
}

const bertFiles = ({ tie_word_embeddings: isTied }: BertConfig, prefix: string): FileRules =>
  relativeFiles({
    ...{ prefix, heads: [`${prefix}.pooler.**`, 'cls.**'], isTied },
    ...{ decoder: 'cls.predictions.decoder', bias: 'cls.predictions.bias' },
  });

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
