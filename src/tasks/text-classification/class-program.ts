import type { Tensor } from '../../graph/index.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import type { Classifier } from '../../models/model.ts';
import type { Feeds } from '../../runtime/backend.ts';
import type { RowProgram } from '../model/row-program.ts';
import type { EncodedRow } from '../run/encoded-row.ts';

/** A classifier over rows of any kind: the logits of each, [N]. `feeds`: the inputs of a batch. */
export function classProgram<Row extends EncodedRow>(
  model: Classifier,
  feeds: (rows: readonly Row[]) => Feeds,
): RowProgram<Row, Float32Array, { readonly logits: Tensor }> {
  const labels = model.labels.length;
  return {
    name: 'the classifier',
    outputs: (root) => ({ logits: model.logits(root, model.run(root, graphInputs(model.inputs))) }),
    feeds,
    results({ logits }, rows) {
      const data = logits.data as Float32Array;
      return rows.map((_, row) => data.slice(row * labels, (row + 1) * labels));
    },
  };
}
