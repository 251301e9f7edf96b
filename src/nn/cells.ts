import type { Cell } from './cell.ts';
import { gru, gruResetBefore } from './cell-gru.ts';
import { layerNormLstm } from './cell-layer-norm-lstm.ts';
import { lstm } from './cell-lstm.ts';
import { rnnRelu, rnnTanh } from './cell-rnn.ts';

/** Every recurrent cell by its name in a configuration. */
export const cells = {
  rnn_tanh: rnnTanh,
  rnn_relu: rnnRelu,
  lstm,
  gru,
  gru_reset_before: gruResetBefore,
  layer_norm_lstm: layerNormLstm,
} satisfies Record<string, Cell>;

export type CellName = keyof typeof cells;
