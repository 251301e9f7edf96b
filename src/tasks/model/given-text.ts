import { InputError } from '../../io/error.ts';
import { typeFound } from '../../io/found.ts';
import { wellFormed } from '../../io/surrogate.ts';
import { type CallLimits, checkTextLimits } from './call-limit.ts';

/**
 * The texts of a pipeline call, as a list, with U+FFFD for lone surrogates, as in files.
 *
 * @throws {InputError} for anything but a text or a list of texts, and for more than the limits allow.
 */
export function givenTexts(
  task: string,
  texts: string | readonly string[],
  limits: CallLimits = {},
): readonly string[] {
  const list = typeof texts === 'string' ? [texts] : texts;
  if (!Array.isArray(list))
    throw new InputError(`${task}: expected a text or a list of texts, got ${typeFound(texts)}`);
  list.forEach((text, at) => {
    if (typeof text !== 'string') throw new InputError(`${task}: expected texts, got ${typeFound(text)}, at ${at}`);
  });
  checkTextLimits(task, list, limits);
  return list.map(wellFormed);
}
