import type { Tensor } from '../../graph/index.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import type { RowProgram } from '../model/row-program.ts';
import { type TextRow, textFeeds } from '../model/text-batch.ts';
import type { EndNumbers } from './span.ts';

/** A model that finds answers, and the limits of its tokens. */
export type ReaderSetup = Pick<ModelSetup<'question-answering'>, 'model' | 'tokens'>;

type Outputs = { readonly start_logits: Tensor; readonly end_logits: Tensor };

/** A model over questions with their contexts: the logits of every token, without padding. */
export function readerProgram(setup: ReaderSetup): RowProgram<TextRow, EndNumbers, Outputs> {
  const { model } = setup;
  return {
    name: 'the question-answering model',
    outputs(root) {
      const pass = model.run(root, graphInputs(model.inputs));
      return { start_logits: model.startLogits(root, pass), end_logits: model.endLogits(root, pass) };
    },
    feeds: (rows) => textFeeds(rows, setup),
    results({ start_logits, end_logits }, rows) {
      const [starts, ends] = [start_logits.data as Float32Array, end_logits.data as Float32Array];
      const time = starts.length / rows.length;
      return rows.map(({ size }, row) => {
        const own = (all: Float32Array) => all.slice(row * time, row * time + size);
        return { start: own(starts), end: own(ends) };
      });
    },
  };
}
