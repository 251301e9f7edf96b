import { InputError } from '../../../io/error.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import type { InputSpec } from '../../inputs/input-spec.ts';

/** How many end tokens each text has. */
function countEnds({ data, shape }: HostTensor, end: number): number[] {
  const [rows, columns] = shape;
  const ids = data as Int32Array;
  return Array.from({ length: rows }, (_, row) =>
    ids.subarray(row * columns, (row + 1) * columns).reduce((count, id) => count + Number(id === end), 0),
  );
}

/**
 * Requires the same number of end tokens in all texts of a pass, and at least one, as Transformers does.
 *
 * Source: transformers 5.24.0 modeling_bart.py, BartForSequenceClassification.
 */
export const checkEnds = (inputs: readonly InputSpec[], end: number): readonly InputSpec[] =>
  inputs.map((spec) => (spec.name === 'input_ids' ? { ...spec, check: (given) => refuseUnequal(given, end) } : spec));

function refuseUnequal(given: HostTensor, end: number): void {
  const counts = countEnds(given, end);
  const [first = 0] = counts;
  const at = counts.findIndex((count) => count !== first || count === 0);
  if (at < 0) return;
  const expected = first === 0 ? 'at least one end token' : `${first}, as many end tokens as in text 0`;
  throw new InputError(
    `inputs input_ids: expected ${expected} (eos_token_id ${end}), got ${counts[at]}, at text ${at}`,
  );
}
