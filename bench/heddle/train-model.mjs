/** The models of `python/train_step.py`, of Heddle's own parts, with batches of random ids. */
import { makeBatch } from '../../dist/data/batch.js';
import { randomStream } from '../../dist/data/shuffle.js';
import { checkConfig } from '../../dist/models/family.js';
import { sequenceFeeds } from '../../dist/tasks/sequence-batch.js';
import { optimizer as makeOptimizer } from '../../dist/train/optimizer.js';
import { sequenceLoss } from '../../dist/train/sequence-loss.js';
import { trainGraphs } from '../../dist/train/train-graph.js';
import { TrainState } from '../../dist/train/train-state.js';
import { bertBatch, bertLoss } from './bert.mjs';

const vocabulary = 8000;
/** Batches that take turns. */
const pool = 4;

const marian = (layers, width, ffn, batch) => ({ layers, width, ffn, heads: 4, batch, time: 32, make: marianModel });

/** `batch` rows of `time` tokens on either side, none padded. */
export const models = {
  tiny: marian(4, 128, 256, 128),
  small: marian(3, 256, 1024, 64),
  bert: { layers: 2, width: 768, ffn: 3072, heads: 12, batch: 8, time: 128, make: bertModel },
};

function marianModel({ layers, width, ffn, heads, dropout }) {
  const sides = ['encoder', 'decoder'];
  const perSide = (name, value) => sides.map((side) => [`${side}_${name}`, value]);
  const pad = vocabulary - 1;
  const { model } = checkConfig(
    {
      model_type: 'marian',
      vocab_size: vocabulary,
      d_model: width,
      ...Object.fromEntries([
        ...perSide('layers', layers),
        ...perSide('attention_heads', heads),
        ...perSide('ffn_dim', ffn),
      ]),
      dropout,
      init_std: width ** -0.5,
      pad_token_id: pad,
      decoder_start_token_id: pad,
    },
    'bench',
    { isStrict: true },
  );
  const tokens = { sourcePadId: pad, targetPadId: pad, decoderStartTokenId: pad };
  return {
    loss: (root) => sequenceLoss(root, model, 0.1),
    batch: (ids, labels) => {
      const indices = Int32Array.from(ids, (_, i) => i);
      return sequenceFeeds(makeBatch({ source: ids, target: labels }, indices, tokens));
    },
  };
}

function bertModel(config) {
  return { loss: (root) => bertLoss(root, { ...config, vocabulary }), batch: bertBatch };
}

/** Everything an `Updater` takes but engine and random bytes: graphs, optimizer, initialised state, batches. */
export function trainModel(name, { dropout = 0.1, batch, time }) {
  const config = { ...models[name], dropout };
  const [rows, columns] = [batch ?? config.batch, time ?? config.time];
  const made = config.make(config);
  const optimizer = makeOptimizer({
    optim: 'adam',
    adam_beta1: 0.9,
    adam_beta2: 0.98,
    adam_epsilon: 1e-9,
    weight_decay: 0,
  });
  const graphs = trainGraphs(made.loss, { optimizer, maxGradNorm: 0 });
  const state = new TrainState(graphs, { optimizer, hasDecay: () => false });
  state.initialize(graphs.parameters, 0);
  const random = randomStream(0);
  const ids = () =>
    Array.from({ length: rows }, () => Int32Array.from({ length: columns }, () => 1 + random.below(vocabulary - 2)));
  const batches = Array.from({ length: pool }, () => [ids(), ids()]);
  let next = 0;
  const source = {
    get position() {
      return { epoch: 0, batch: next % pool };
    },
    batchesInEpoch: pool,
    next: () => made.batch(...batches[next++ % pool]),
  };
  const sizes = graphs.trained.map((at) => graphs.parameters.get(at).shape.reduce((n, size) => n * size, 1));
  return {
    parts: { graphs, optimizer, state, source, accumulationSteps: 1 },
    parameters: sizes.reduce((sum, size) => sum + size, 0),
    tokens: rows * columns,
  };
}
