/** The models of `python/train_step.py`, of Heddle's own parts, with batches of random ids. */
import { checkConfig } from '../../dist/models/families/check-config.js';
import { traceLoss } from '../../dist/models/heads/terms/loss.js';
import { nodeBackend } from '../../dist/runtime/node.js';
import { optimizer as makeOptimizer } from '../../dist/train/optimizers/optimizers.js';
import { beginningPlan } from '../../dist/train/update/shard-plan.js';
import { trainGraphs } from '../../dist/train/update/train-graph.js';
import { TrainState } from '../../dist/train/update/train-state.js';
import { bertBatch, bertLoss } from './bert.mjs';
import { eachBatch, pairFeeds, pool, randomRows } from './random-batch.mjs';
import { recurrentModel } from './recurrent-model.mjs';
import { taggerModel } from './tagger.mjs';

const vocabulary = 8000;

const marian = (layers, width, ffn, batch) => ({ layers, width, ffn, heads: 4, batch, time: 32, make: marianModel });

/** Transformers: `batch` rows of `time` tokens on either side, none padded. Recurrent models have batches of their own. */
export const models = {
  tiny: marian(4, 128, 256, 128),
  small: marian(3, 256, 1024, 64),
  bert: { layers: 2, width: 768, ffn: 3072, heads: 12, batch: 8, time: 128, make: bertModel },
  rnn: { make: recurrentModel('previous') },
  'rnn-luong': { make: recurrentModel('current') },
  'bilstm-crf': { make: taggerModel },
};

function marianModel({ layers, width, ffn, heads, dropout, ...size }) {
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
  const batch = (ids, labels) => pairFeeds(ids, labels, pad);
  return { loss: (root) => traceLoss(root, model, { labelSmoothing: 0.1 }), ...fullBatches(size, batch) };
}

function bertModel(config) {
  return {
    loss: (root) => bertLoss(root, { ...config, vocabulary }),
    ...fullBatches(config, (ids, labels) => (rows) => {
      const pick = (all) => Array.from(rows, (row) => all[row]);
      return bertBatch(pick(ids), pick(labels));
    }),
  };
}

/** Batches of two blocks of ids without padding. */
function fullBatches({ batch, time }, make) {
  const lengths = Array.from({ length: batch }, () => time);
  const ids = (random) => randomRows(random, lengths, vocabulary);
  return { batches: eachBatch(batch, (random) => make(ids(random), ids(random))), tokens: batch * time };
}

/** Everything an `Updater` takes but engine and random bytes: graphs, optimizer, initialised state, batches. */
export function trainModel(name, { dropout = 0.1, batch, time, isProfiled, backend = nodeBackend() }) {
  const config = models[name];
  const made = config.make({ ...config, dropout, batch: batch ?? config.batch, time: time ?? config.time });
  const optimizer = makeOptimizer({
    optim: 'adam',
    adam_beta1: 0.9,
    adam_beta2: 0.98,
    adam_epsilon: 1e-9,
    weight_decay: 0,
  });
  const graphs = trainGraphs(made.loss, { optimizer, maxGradNorm: 0, isProfiled });
  const { shards, threads } = beginningPlan({}, graphs, backend, { next: made.batches[0] });
  const state = new TrainState(graphs, { optimizer, group: () => ({ decay: false, rate: 1 }), shards });
  state.initialize(graphs.parameters, 0);
  let next = 0;
  const source = {
    get position() {
      return { epoch: 0, batch: next % pool };
    },
    batchesInEpoch: pool,
    next: (parts) => made.batches[next++ % pool](parts),
  };
  const sizes = graphs.trained.map((at) => graphs.parameters.get(at).shape.reduce((n, size) => n * size, 1));
  return {
    parts: { graphs, optimizer, state, source, accumulationSteps: 1, threads },
    parameters: sizes.reduce((sum, size) => sum + size, 0),
    tokens: made.tokens,
  };
}
