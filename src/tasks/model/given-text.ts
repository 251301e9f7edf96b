import { InputError } from '../../io/error.ts';
import { wellFormed } from '../../io/surrogate.ts';

/** What a pipeline was called with, as a list; half of a character is U+FFFD, as in files. @throws {InputError} for anything but a text or a list of texts. */
export function givenTexts(task: string, texts: string | readonly string[]): readonly string[] {
  const list = typeof texts === 'string' ? [texts] : texts;
  if (!Array.isArray(list)) throw new InputError(`${task}: expected a text or a list of texts, got ${typeof texts}`);
  list.forEach((text, at) => {
    if (typeof text !== 'string') throw new InputError(`${task}: expected texts, got ${typeof text}, at ${at}`);
  });
  return list.map(wellFormed);
}
