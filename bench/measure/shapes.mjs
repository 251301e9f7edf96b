/**
 * Memory of a training whose batches have ever new shapes, and of sessions that come and go.
 *
 *     node bench/measure/shapes.mjs [ENGINE] [STEPS] [SHAPES] [LENGTHS] [ROWS]
 *
 * Trains a small BERT with the trainer's updater for STEPS updates (default 5,000), every batch in one of SHAPES shapes
 * (default 40) in changing order, then compiles and disposes its gradients 50 times. Prints a line of JSON with the resident
 * memory in MB after each tenth of the updates and of the sessions. The status is 1 if the second half of either grew by
 * more than 10 % and 30 MB.
 *
 * LENGTHS and ROWS pad batches to multiples of so many tokens and texts, which the mask and the labels leave out, so that
 * fewer shapes reach the engine.
 */
import { checkConfig } from '../../dist/models/families/check-config.js';
import { traceLoss } from '../../dist/models/heads/terms/loss.js';
import { nodeBackend } from '../../dist/runtime/node.js';
import { optimizer } from '../../dist/train/optimizers/optimizers.js';
import { nodeRandomBytes } from '../../dist/train/random/random-bytes-node.js';
import { trainGraphs } from '../../dist/train/update/train-graph.js';
import { TrainState } from '../../dist/train/update/train-state.js';
import { Updater } from '../../dist/train/update/updater.js';

const [engine = 'cpu', ...numbers] = process.argv.slice(2);
const [updates = 5000, shapeCount = 40, ofLength = 1, ofRows = 1] = numbers.map(Number);
const sessions = 50;
const points = 10;

const config = {
  model_type: 'bert',
  architectures: ['BertForSequenceClassification'],
  ...{ vocab_size: 500, hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 128 },
};
const ofAdam = { optim: 'adamw_torch', adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8, weight_decay: 0 };

const roundedUp = (count, multiple) => Math.ceil(count / multiple) * multiple;

/** The shapes that have reached the engine. */
const reached = new Set();

/** Batches of 2 to 16 texts of 8 to 64 tokens; the same shapes in another order in every round. */
function batchAt(step) {
  const shape = (step * 7 + Math.floor(step / shapeCount)) % shapeCount;
  const [rows, length] = [2 + ((shape * 5) % 15), 8 + Math.floor((56 * shape) / shapeCount)];
  const padded = [roundedUp(rows, ofRows), roundedUp(length, ofLength)];
  reached.add(padded.join());
  /** Numbers of tokens; `fill` at those that only pad. */
  const tensor = (of, fill = 0) => {
    const [height, width] = padded;
    const at = (row, column) => (row < rows && column < length ? of(row * length + column + step) : fill);
    const data = Int32Array.from({ length: height * width }, (_, i) => at(Math.floor(i / width), i % width));
    return { type: 'int32', shape: padded, data };
  };
  const labels = Int32Array.from({ length: padded[0] }, (_, row) => (row < rows ? (row + step) % 2 : -100));
  return {
    feeds: {
      input_ids: tensor((i) => 1 + ((i * 31) % 499)),
      token_type_ids: tensor(() => 0),
      attention_mask: tensor(() => 1),
      labels: { type: 'int32', shape: [padded[0]], data: labels },
    },
    counts: { labels: rows },
    tokens: rows * length,
  };
}

const memory = () => {
  globalThis.gc?.();
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
};

/** Whether memory grew in the second half, by more than what comes and goes. */
function grows(found) {
  const half = found.slice(Math.floor(found.length / 2));
  return half.at(-1) - half[0] > Math.max(30, 0.1 * half[0]);
}

const backend = nodeBackend(engine);
const { model } = checkConfig(config, 'shapes');
const adam = optimizer(ofAdam);
const graphs = trainGraphs((root) => traceLoss(root, model), { optimizer: adam, maxGradNorm: 1 });
const state = new TrainState(graphs, { optimizer: adam, group: () => ({ rate: 1, decay: 0 }) });
state.initialize(graphs.parameters, 1);
let step = 0;
const source = { position: { epoch: 0, batch: 0 }, batchesInEpoch: shapeCount, next: () => batchAt(step++) };
const parts = { graphs, optimizer: adam, state, source, backend, randomBytes: nodeRandomBytes(1), threads: 1 };
const updater = await Updater.make({ ...parts, accumulationSteps: 1 });

const training = [];
const begin = performance.now();
const before = process.cpuUsage();
for (let update = 1; update <= updates; update++) {
  await updater.run(update, 1e-4, update === updates);
  if (update % Math.ceil(updates / points) === 0) training.push(memory());
}
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - begin) / 1000;
await updater.dispose();

const compiling = [];
const { bytes } = graphs.gradients(false, backend);
for (let session = 1; session <= sessions; session++) {
  const program = await backend.compile(bytes, { threads: 1 });
  await program.dispose();
  if (session % (sessions / points) === 0) compiling.push(memory());
}

const result = { engine, updates, shapes: reached.size, seconds, processor_seconds: (user + system) / 1e6 };
console.log(JSON.stringify({ ...result, training_mb: training, sessions_mb: compiling }));
process.exitCode = grows(training) || grows(compiling) ? 1 : 0;
