/** The thread that reads inputs of every kind. */
import { kinds } from './kinds.ts';
import { readInputs } from './reading.ts';

await readInputs(kinds);
