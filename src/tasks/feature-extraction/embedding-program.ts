import type { Tensor } from '../../graph/index.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { sentenceVectors } from '../../models/heads/layers/sentence-vector.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import type { RowProgram } from '../model/row-program.ts';
import { type TextRow, textFeeds } from '../model/text-batch.ts';
import { type PoolingMode, poolingModes } from './pooling-mode.ts';

type Setup = Pick<ModelSetup<'encoder'>, 'model' | 'tokens'>;

type Program = RowProgram<TextRow, Float32Array, { readonly vectors: Tensor }>;

/** The vector of every token of a text, [T · D] for its own T tokens. */
export const tokenVectorProgram = (setup: Setup): Program => ({
  name: 'the encoder',
  outputs: (root) => ({ vectors: setup.model.hidden(root, graphInputs(setup.model.inputs)) }),
  feeds: (rows) => textFeeds(rows, setup),
  results({ vectors: { data } }, rows) {
    const stride = data.length / rows.length;
    return rows.map(({ size }, row) => {
      const from = row * stride;
      return (data as Float32Array).slice(from, from + size * setup.model.width);
    });
  },
});

/** One vector for every text, [D], not normalised. */
export const sentenceVectorProgram = ({ model, tokens }: Setup, pooling: PoolingMode): Program => ({
  name: 'the encoder',
  outputs(root) {
    const pass = model.run(root, graphInputs(model.inputs));
    return { vectors: sentenceVectors(root, pass, poolingModes[pooling].pooling) };
  },
  feeds: (rows) => textFeeds(rows, { model, tokens }),
  results: ({ vectors: { data } }, rows) =>
    rows.map((_, row) => (data as Float32Array).slice(row * model.width, (row + 1) * model.width)),
});
