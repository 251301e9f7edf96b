import { InputError } from '../../io/error.ts';
import type { EvaluateCall } from '../task.ts';

/** @throws {InputError} for options about written texts, of a model that does not write one for each input. */
export function refuseTextOptions(task: string, { tokenize, lowercase, page }: EvaluateCall): void {
  const given = { tokenize, lowercase: lowercase || undefined, page };
  const [option] = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (!option) return;
  throw new InputError(`evaluate --${option}: expected a model that writes a text for each input, got one for ${task}`);
}
