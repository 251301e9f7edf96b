import { InputError } from '../io/error.ts';
import type { EvaluateCall } from './task.ts';

/** @throws {InputError} for options that say how texts are compared, of a model that writes none. */
export function refuseTextOptions(task: string, { tokenize, lowercase }: EvaluateCall): void {
  if (tokenize === undefined && !lowercase) return;
  const option = tokenize !== undefined ? '--tokenize' : '--lowercase';
  throw new InputError(`evaluate ${option}: expected a model that writes texts, got one for ${task}`);
}
