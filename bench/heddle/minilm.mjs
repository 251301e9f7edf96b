/** MiniLM, or another BERT, as a classifier of texts: the folder that all sides start from, and its training. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dealOut } from '../../dist/data/batch/index-stream.js';
import { randomStream } from '../../dist/data/batch/shuffle.js';
import { diskFolder } from '../../dist/io/disk-folder.js';
import { modelParameters } from '../../dist/models/families/setup.js';
import { loadModel, openModel } from '../../dist/models/folder/load.js';
import { saveModelFiles } from '../../dist/models/folder/save.js';
import { traceLoss } from '../../dist/models/heads/terms/loss.js';
import { nodeBackend } from '../../dist/runtime/node.js';
import { loadTokenizers } from '../../dist/tasks/folder/tokenizer-folder.js';
import { rowTraining } from '../../dist/tasks/run/row-task.js';
import { classifierTask } from '../../dist/tasks/text-classification/classifier.js';
import { encodeLabelled } from '../../dist/tasks/text-classification/data.js';
import { singleLabel } from '../../dist/tasks/text-classification/problem-single.js';
import { optimizer as makeOptimizer } from '../../dist/train/optimizers/optimizers.js';
import { trainerGroup } from '../../dist/train/optimizers/parameter-group.js';
import { uniformFrom } from '../../dist/train/random/random-bytes.js';
import { indexSource } from '../../dist/train/update/index-source.js';
import { beginningPlan } from '../../dist/train/update/shard-plan.js';
import { trainGraphs } from '../../dist/train/update/train-graph.js';
import { TrainState } from '../../dist/train/update/train-state.js';
import { int32, randomRows } from './random-batch.mjs';

const role = 'sequence-classification';
const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json'];

/** Writes a folder with the encoder of another under a new head of two labels, and its tokenizer. */
export async function writeClassifier(from, out) {
  const { weights, close, ...setup } = await openModel(diskFolder(from), { role, allowsNewHead: true });
  const values = new Map();
  for (const [name, { shape, initializer }] of modelParameters(setup)) {
    const isNew = weights.origin(name) === 'new';
    values.set(name, isNew ? initializer(shape, uniformFrom(0, name)) : await weights.read(name));
  }
  await close();
  await mkdir(out, { recursive: true });
  for (const [name, content] of saveModelFiles(setup, values)) await writeFile(join(out, name), content);
  for (const name of tokenizerFiles) await copyFile(join(from, name), join(out, name));
}

/** The classifier of a folder. */
export const loadClassifier = (folder, dtype) => loadModel(diskFolder(folder), { role, dtype });

/** All token types are 0: the texts are no pairs. */
export const withTypes = (feeds) => ({
  ...feeds,
  token_type_ids: int32(feeds.input_ids.shape, new Int32Array(feeds.input_ids.data.length)),
});

/** The batches of `heddle train`: of similar length, in another order every epoch. `data`: lines of text, tab, label. */
async function textBatches(folder, setup, { data, batch, maxLength }) {
  const texts = await singleLabel.read('.', { file: data, columns: { text: 0, label: 1 }, header: false }, {});
  const { source: tokenizer } = await loadTokenizers(diskFolder(folder));
  const set = encodeLabelled(texts, singleLabel, singleLabel.names(texts), tokenizer, maxLength);
  const options = { max_tokens_per_batch: batch * maxLength, per_device_train_batch_size: batch, seed: 0 };
  const { train } = rowTraining(classifierTask, { setup, maxTokens: maxLength }, { train: set }, options);
  const make = (indices, epoch) => {
    const { feeds, ...rest } = train.batch(indices, epoch);
    places += feeds.input_ids.data.length;
    return { ...rest, feeds: withTypes(feeds) };
  };
  let places = 0;
  return {
    source: indexSource(train.plan, { epoch: 0, batch: 0 }, make),
    rows: set.samples,
    tokens: set.rows.reduce((sum, { size }) => sum + size, 0),
    /** Tokens of the batches made so far, padding included. */
    places: () => places,
  };
}

/** One full batch of random ids again and again, in as many parts as are asked for. */
function fullBatch(setup, { batch, time }) {
  const random = randomStream(0);
  const ids = randomRows(random, Array(batch).fill(time), setup.config.vocab_size);
  const labels = Array.from({ length: batch }, () => random.below(2));
  const part = (rows) => ({
    counts: { labels: rows.length },
    tokens: rows.length * time,
    feeds: withTypes({
      input_ids: int32(
        [rows.length, time],
        rows.flatMap((row) => [...ids[row]]),
      ),
      attention_mask: int32([rows.length, time], Array(rows.length * time).fill(1)),
      labels: int32(
        [rows.length],
        rows.map((row) => labels[row]),
      ),
    }),
  });
  const every = Int32Array.from({ length: batch }, (_, row) => row);
  const made = new Map();
  const next = (parts = 1) => {
    if (!made.has(parts)) {
      made.set(
        parts,
        dealOut(every, parts).map((rows) => part([...rows])),
      );
    }
    return made.get(parts);
  };
  const source = { position: { epoch: 0, batch: 0 }, batchesInEpoch: 1, next };
  return { source, rows: 0, tokens: batch * time, places: () => 0 };
}

/**
 * Everything an `Updater` takes but the engine's own: the graphs of the Trainer's defaults (AdamW, gradients clipped at
 * 1, dropout as in `config.json`), the folder's weights, and batches.
 */
export async function fineTuning(folder, options) {
  const { parameters: weights, ...setup } = await loadClassifier(folder);
  const make = () => (options.data ? textBatches(folder, setup, options) : fullBatch(setup, options));
  const batches = await make();
  const optimizer = makeOptimizer({
    ...{ optim: 'adamw_torch', adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8, weight_decay: 0 },
  });
  const loss = (root) => traceLoss(root, setup.model);
  const { isProfiled } = options;
  const graphs = trainGraphs(loss, { optimizer, maxGradNorm: 1, parameters: modelParameters(setup), isProfiled });
  const asked = options.threads ? { threads: options.threads } : {};
  const { shards, threads } = beginningPlan(asked, graphs, nodeBackend(), (await make()).source);
  const state = new TrainState(graphs, { optimizer, group: trainerGroup, shards });
  for (const [name, { data }] of Object.entries(state.parameters)) data.set(weights.get(name));
  const count = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
  return {
    parts: { graphs, optimizer, state, source: batches.source, accumulationSteps: 1, threads },
    parameters: count,
    batches,
  };
}
