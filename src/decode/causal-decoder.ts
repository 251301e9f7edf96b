import type { CausalModel } from '../models/body/causal.ts';
import type { SequenceToSequenceModel } from '../models/body/decoder.ts';

/** A language model as a decoder without a source, in the form that the search expects. */
export const causalDecoder = (model: CausalModel): SequenceToSequenceModel => ({
  vocabulary: { source: model.vocabulary, target: model.vocabulary },
  maxPositions: model.maxPositions,
  slots: model.slots,
  hidden: (root, { decoder_input_ids }) => model.hidden(root, { input_ids: decoder_input_ids }),
  head: (root) => model.head(root),
  start: (root, { input_ids }) => model.start(root, input_ids),
  step: (root, state, input) => model.step(root, state, input),
});
