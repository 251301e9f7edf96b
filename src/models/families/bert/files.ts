import { legacyLayerNorm } from '../../../weights/name-rule.ts';
import type { FileRules } from '../family-row.ts';

/** What the files of BERT and of its relatives hold. */
interface RelativeFiles {
  /** Prefix of the body's parameters in classes with a head. */
  readonly prefix: string;
  /** Patterns of parameters that not every class has, besides `classifier` and `qa_outputs`. */
  readonly heads: readonly string[];
  /** The layer over the vocabulary, whose weight is the table of words if it is tied. */
  readonly decoder: string;
  /** A bias that the decoder's is tied to, together with the weight; it has its own when absent. */
  readonly bias?: string;
  readonly isTied: boolean;
}

/** The files of BERT or of a relative, whose embeddings have the names of `BertEmbeddings`. */
export function relativeFiles({ prefix, heads, decoder, bias, isTied }: RelativeFiles): FileRules {
  const sharedBias = new Map(bias === undefined ? [] : [[`${decoder}.bias`, bias]]);
  const table = [`${decoder}.weight`, `${prefix}.embeddings.word_embeddings.weight`] as const;
  return {
    checkpoint: {
      prefix,
      rules: legacyLayerNorm,
      ignore: ['**.position_ids', '**.token_type_ids'],
      heads: [...heads, 'classifier.**', 'qa_outputs.**'],
      tied: new Map(isTied ? [table, ...sharedBias] : []),
      // Transformers 4 shares the bias even if the weight is not tied, and saves it once.
      fallback: sharedBias,
    },
    copies: new Map(),
  };
}
