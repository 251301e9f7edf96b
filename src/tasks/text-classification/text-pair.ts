import { InputError } from '../../io/error.ts';
import { typeFound } from '../../io/found.ts';
import { wellFormed } from '../../io/surrogate.ts';
import { readsTokenTypes } from '../../models/inputs/input-spec.ts';
import type { SequenceClassifier } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { type CallLimits, checkTextLimits } from '../model/call-limit.ts';

/** Two texts that are classified together, by the names of Transformers. */
export interface TextPair {
  readonly text: string;
  readonly text_pair: string;
}

/** What a classifier reads: a text, or a pair of texts. */
export type ClassifiedText = string | TextPair;

/** The two texts of a text or a pair; the second is undefined for a single text. */
export const sidesOf = (text: ClassifiedText): readonly [string, string | undefined] =>
  typeof text === 'string' ? [text, undefined] : [text.text, text.text_pair];

/**
 * Checks that pairs of texts mean something to a model: that its tokenizer separates them, or marks their tokens with
 * types that the model reads. A model with one type of tokens reads none, whatever the tokenizer writes.
 *
 * @throws {InputError} when it knows no pairs.
 */
export function checkPairs(
  name: string,
  { specialTokensToAdd: { single, pair }, usesTypeIds }: Tokenizer,
  { inputs }: Pick<SequenceClassifier, 'inputs'>,
): void {
  if (pair !== null && (pair > single || (usesTypeIds && readsTokenTypes(inputs)))) return;
  throw new InputError(
    `${name}: expected a model that reads pairs of texts, got one whose tokenizer does not separate them`,
  );
}

const isPair = (text: unknown): text is TextPair =>
  typeof text === 'object' &&
  text !== null &&
  Object.keys(text).sort().join() === 'text,text_pair' &&
  Object.values(text).every((one) => typeof one === 'string');

/** The fields of an object with the types of those that are not texts, for errors. */
function formOf(value: object): string {
  const fields = Object.entries(value).map(([name, one]) =>
    typeof one === 'string' ? name : `${name}: ${typeFound(one)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

/**
 * The texts of a call, as a list, with U+FFFD for lone surrogates, as in files.
 *
 * @throws {InputError} for anything but texts and pairs of texts, and for more than the limits allow.
 */
export function givenClassified(
  task: string,
  texts: ClassifiedText | readonly ClassifiedText[],
  limits: CallLimits,
): readonly ClassifiedText[] {
  const list: readonly unknown[] = Array.isArray(texts) ? texts : [texts];
  const checked = list.map((text, at): ClassifiedText => {
    if (typeof text === 'string') return wellFormed(text);
    if (isPair(text)) return { text: wellFormed(text.text), text_pair: wellFormed(text.text_pair) };
    const got = typeof text === 'object' && text !== null ? formOf(text) : typeFound(text);
    throw new InputError(`${task}: expected a text or a pair { text, text_pair }, got ${got}, at ${at}`);
  });
  const joined = checked.map((text) =>
    sidesOf(text)
      .filter((side) => side !== undefined)
      .join(''),
  );
  checkTextLimits(task, joined, limits);
  return checked;
}
