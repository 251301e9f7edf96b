import { InputError } from '../../io/error.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { TextRow } from '../model/text-batch.ts';

/** A text and a hypothesis about it as tokens. */
export interface PremiseRow extends TextRow {
  /** Whether the end of the text is missing. */
  readonly isCut: boolean;
  /** Whether the text has no tokens, or only blanks. */
  readonly isEmpty: boolean;
}

/**
 * Encodes a text and a hypothesis. If they are too long, the text is cut.
 *
 * @throws {InputError} when the hypothesis leaves no room for the text.
 */
export function premiseRow(
  tokenizer: Tokenizer,
  maxTokens: number,
  { text, hypothesis }: { readonly text: string; readonly hypothesis: string },
  example: number,
): PremiseRow {
  const rowOf = ({ ids, type_ids }: { readonly ids: readonly number[]; readonly type_ids: readonly number[] }) => ({
    ...{ example, size: ids.length },
    ...{ ids: Int32Array.from(ids), typeIds: Int32Array.from(type_ids) },
  });
  const whole = tokenizer.encoding(text, { text_pair: hypothesis });
  const isEmpty = text.trim() === '' || !whole.sequence_ids.includes(0);
  if (whole.ids.length <= maxTokens) return { ...rowOf(whole), isCut: false, isEmpty };
  const least = tokenizer.encoding('', { text_pair: hypothesis }).ids.length;
  if (least >= maxTokens) {
    throw new InputError(
      `zero-shot-classification: expected a hypothesis that leaves room for the text in ${maxTokens} tokens, got ${least} tokens without it, for ${JSON.stringify(hypothesis)}`,
    );
  }
  const cut = tokenizer.encoding(text, { text_pair: hypothesis, truncation: 'only_first', max_length: maxTokens });
  return { ...rowOf(cut), isCut: true, isEmpty };
}
