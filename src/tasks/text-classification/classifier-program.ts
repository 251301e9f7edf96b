import type { Tensor } from '../../graph/index.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import type { RowProgram } from '../model/queued-program.ts';
import { type TextRow, textFeeds } from '../model/text-batch.ts';

type Setup = Pick<ModelSetup<'sequence-classification'>, 'model' | 'tokens'>;

/** A classifier over texts: the logits of each, [N]. */
export function classifierProgram(setup: Setup): RowProgram<TextRow, Float32Array, { readonly logits: Tensor }> {
  const { model } = setup;
  const labels = model.labels.length;
  return {
    name: 'the classifier',
    outputs: (root) => ({ logits: model.logits(root, model.run(root, graphInputs(model.inputs))) }),
    feeds: (rows) => textFeeds(rows, setup),
    results({ logits }, rows) {
      const data = logits.data as Float32Array;
      return rows.map((_, row) => data.slice(row * labels, (row + 1) * labels));
    },
  };
}
