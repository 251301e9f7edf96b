/** The thread that reads with planted faults. */
import { plantedKinds } from './planted.ts';
import { readInputs } from './reading.ts';

await readInputs(plantedKinds);
