import type { HeadRow } from '../../heads/head-row.ts';
import type { FamilyRow } from '../family-row.ts';
import { type BartBody, bartBody, bartTokens } from './body.ts';
import type { BartConfig } from './fields.ts';
import { bartFiles } from './files.ts';

/** What differs between BART and its relatives. */
export interface BartKind
  extends BartBody,
    Pick<FamilyRow<BartConfig>, 'config' | 'fileDefaults' | 'neutral' | 'heads' | 'generationDefaults'> {
  /** Tensors of its files that are not parameters. */
  ignore?(head: HeadRow<BartConfig>): readonly string[];
}

/** A family of BART's kind: an encoder and a decoder over one table, with an output layer tied to it. */
export const bartKind = ({ ignore, stack, shifting, ...row }: BartKind): FamilyRow<BartConfig> => {
  const parts: BartBody = { stack, ...(shifting && { shifting }) };
  return {
    ...row,
    body: (config, head) => bartBody(config, head, parts),
    tokens: (config, head) => bartTokens(config, head, parts),
    files: (config, head) => bartFiles(config, head, ignore?.(head)),
  };
};
