import { constantTensor } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { cast, equal } from '../../ops/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { InputSpec } from '../inputs/input-spec.ts';
import { denseClassified } from './dense-classification.ts';
import type { LabelledFields } from './fields/classifier-fields.ts';
import type { HeadRow } from './head-row.ts';
import { lastVector } from './layers/last-vector.ts';
import { classificationHead } from './sequence-classification.ts';

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
const checkEnds = (inputs: readonly InputSpec[], end: number): readonly InputSpec[] =>
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

interface Config {
  readonly eos_token_id: number;
}

/** Dropout of what both layers read, and the standard deviation of their initial weights. */
interface Layers {
  readonly dropout: number;
  readonly deviation: number;
}

/**
 * A classifier of two layers over the decoder's vector at the source's last end token; the decoder reads the source
 * after its start token.
 *
 * Source: transformers 5.24.0 modeling_bart.py, BartForSequenceClassification; modeling_t5.py.
 */
export function endTokenClassificationHead<C extends Config>(
  architecture: string,
  layersOf: (config: C) => Layers,
): HeadRow<C & LabelledFields, 'sequence-classification'> {
  const head = classificationHead<C>(architecture, (config) => {
    const { dropout, deviation } = layersOf(config);
    const path = (name: string) => `classification_head.${name}`;
    const layers = { dense: path('dense'), out: path('out_proj'), activation: 'tanh', deviation };
    return (root, { given, body: { last_hidden_state: hidden } }, count) => {
      const isEnd = cast(equal(given.input_ids, constantTensor(config.eos_token_id, [], 'int32')), { dtype: 'float' });
      const vector = lastVector(hidden, isEnd);
      return denseClassified(root, { ...layers, dropouts: { dense: dropout, out: dropout } }, vector, count);
    };
  });
  return {
    ...head,
    model(body, config) {
      const model = head.model(body, config);
      return { ...model, inputs: checkEnds(model.inputs, config.eos_token_id) };
    },
  };
}
