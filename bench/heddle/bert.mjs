/**
 * Two layers of BERT with a loss on every row, made of Heddle's layers: word and learned position embeddings, LayerNorm,
 * post-norm blocks with exact GELU, logits = y·Eᵀ without bias.
 */
import { add, constantTensor, input, mulDim, reshape } from '../../dist/graph/index.js';
import {
  embed,
  layerNorm,
  learnedPositions,
  lossScale,
  noMask,
  normal,
  positionRows,
  transformerBlock,
  xavierUniform,
  zeros,
} from '../../dist/nn/index.js';
import { linearCrossEntropy } from '../../dist/ops/index.js';

const eps = 1e-12;
const positions = 512;

/** Mean cross entropy over all rows. Inputs: `input_ids`, `labels` int32 [batch, time], `loss_scale/labels` []. */
export function bertLoss(root, { layers, width, ffn, heads, dropout, vocabulary }) {
  const inits = { weightInitializer: xavierUniform(), biasInitializer: zeros };
  const block = {
    attention: { width, heads, ...inits },
    feedForward: { width, innerWidth: ffn, activation: 'gelu', ...inits },
    normPlace: 'post',
    eps,
    dropout,
  };
  const ids = input('input_ids', ['batch', 'time'], 'int32');
  const [batch, time] = ids.shape;
  const table = root.at('embedding').parameter('weight', [vocabulary, width], normal(0, width ** -0.5));
  const places = positionRows(learnedPositions(root.at('positions'), positions, width), time);
  const embedded = root.layer('norm', (at) => layerNorm(at, { width, eps }, add(embed(table, ids), places)));
  let h = root.at('embedding').dropout(embedded, dropout);
  for (let i = 0; i < layers; i++) {
    h = root.layer(`layers.${i}`, (at) => transformerBlock(at, block, h, noMask()).output);
  }
  const rows = mulDim(batch, time);
  const labels = reshape(input('labels', ['batch', 'time'], 'int32'), { shape: [1, rows] });
  const bias = constantTensor(new Float64Array(vocabulary), [vocabulary]);
  return linearCrossEntropy(reshape(h, { shape: [1, rows, width] }), table, bias, labels, lossScale('labels'), {});
}

/** Rows of ids and of labels as `bertLoss` is fed them. */
export function bertBatch(ids, labels) {
  const shape = [ids.length, ids[0].length];
  const matrix = (rows) => ({ type: 'int32', shape, data: Int32Array.from(rows.flatMap((row) => [...row])) });
  const tokens = shape[0] * shape[1];
  return { counts: { labels: tokens }, tokens, feeds: { input_ids: matrix(ids), labels: matrix(labels) } };
}
