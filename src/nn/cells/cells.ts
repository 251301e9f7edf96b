import type { Cell } from './cell.ts';
import { gru, gruResetBefore } from './gru.ts';
import { layerNormLstm } from './layer-norm-lstm.ts';
import { lstm } from './lstm.ts';
import { rnnRelu, rnnTanh } from './rnn.ts';

/** Every recurrent cell by its name in a configuration. */
export const cells = {
  rnn_tanh: rnnTanh,
  rnn_relu: rnnRelu,
  lstm,
  gru,
  gru_reset_before: gruResetBefore,
  layer_norm_lstm: layerNormLstm,
} satisfies Record<string, Cell>;

/** A cell by its name in recipes. */
export type CellName = keyof typeof cells;
