import { add, constantTensor, reshape, subDim, type Tensor } from '../../graph/index.ts';
import { checkConfig, inRole } from '../../models/families/check-config.ts';
import { type Cell, type CellName, cells, embed, normal, recurrent, type Scope } from '../../nn/index.ts';
import { slice } from '../../ops/index.ts';

/** Results of a reader. */
export interface Reading {
  /** The token vectors that enter the model, [B, T, D]. */
  readonly vectors: Tensor;
  /** The state after the last token, [B, D]. */
  readonly last: Tensor;
}

/** A model that reads from left to right, small enough to be trained in seconds. */
export interface SequenceReader {
  readonly name: string;
  /** `ids`: int32 [B, T]. */
  read(root: Scope, ids: Tensor): Reading;
}

/** Sizes shared by all readers. */
export interface ReaderSize {
  readonly vocabulary: number;
  /** Width of vectors and of states, D. */
  readonly width: number;
}

/** A recurrent network of one layer over embedded tokens. */
export const recurrentReader = (
  name: string,
  cell: CellName | Cell,
  { vocabulary, width }: ReaderSize,
): SequenceReader => ({
  name,
  read(root, ids) {
    const vectors = embed(root.parameter('embed.weight', [vocabulary, width], normal(0, 1)), ids);
    const { output } = recurrent(root.at('rnn'), { cell, inputSize: width, hiddenSize: width }, vectors);
    return { vectors, last: lastOf(output) };
  },
});

/** A causal Transformer of two layers and four heads. */
export const transformerReader = (name: string, { vocabulary, width }: ReaderSize): SequenceReader => ({
  name,
  read(root, ids) {
    const config = {
      model_type: 'transformer_lm',
      vocab_size: vocabulary + 1,
      pad_token_id: vocabulary,
      hidden_size: width,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      intermediate_size: 4 * width,
      dropout: 0,
    };
    const { model } = inRole(checkConfig(config, 'lab', { isStrict: true }), 'causal', 'lab');
    const output = model.hidden(root, { input_ids: ids });
    return { vectors: root.trace.taps.get('hidden_states.0')!, last: lastOf(output) };
  },
});

/**
 * An LSTM that remembers from the start: 1 is added to the input of the forget gate.
 *
 * Source: Gers et al. 2000; Jozefowicz et al. 2015, section 2.2.
 */
export const rememberingLstm = (width: number): Cell => {
  const ones = Float32Array.from({ length: 4 * width }, (_, row) => Number(Math.floor(row / width) === 1));
  return {
    ...cells.lstm,
    step: (weights, z, states) => cells.lstm.step(weights, add(z, constantTensor(ones, [4 * width, 1])), states),
  };
};

/** The vector at the last position. [B, T, D] → [B, D]. */
function lastOf(x: Tensor): Tensor {
  const [batch, time, width] = x.shape;
  return reshape(slice(x, { axis: 1, start: subDim(time, 1), end: time }), { shape: [batch, width] });
}
