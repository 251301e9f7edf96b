/**
 * Prints where the time of a training step or of a recurrent layer goes:
 * `node bench/profile.mjs tiny|rnn|lstm|… [--steps N] [--nodes N]`, or of fine-tuning a BERT classifier:
 * `node bench/profile.mjs minilm --model FOLDER [--batch 32] [--time 64] [--threads N]`.
 * For the training of a recipe, `heddle train --profile` writes a page. `--products N` compares the N sizes of matrix
 * products that take longest with the bare product of that size; `--threads 1` shows a step without parallel parts.
 */
import { parseArgs } from 'node:util';
import { layersOf } from '../dist/inspect/profile/layer.js';
import { stepProfile } from '../dist/inspect/profile/profile-sum.js';
import { nodeTime } from '../dist/inspect/profile/step-profile.js';
import { didYouMean } from '../dist/io/nearest.js';
import { nodePlaces } from '../dist/onnx/node-place.js';
import { nodeBackend } from '../dist/runtime/node.js';
import { measuredUpdates } from '../dist/tasks/profile/measured-update.js';
import { nodeRandomBytes } from '../dist/train/random/random-bytes-node.js';
import { fineTuning } from './heddle/minilm.mjs';
import { layers, recurrentLayer } from './heddle/recurrent-layer.mjs';
import { models, trainModel } from './heddle/train-model.mjs';
import { productRates } from './product-rate.mjs';

const time = 32;
const backend = nodeBackend();

/** Ends the process: the call is wrong. */
function refuse(message) {
  process.stderr.write(`profile: ${message}\n`);
  process.exit(2);
}

/** What an `Updater` does with these parts. */
async function updates(parts, steps) {
  const { programs, lanes, time } = await measuredUpdates(
    { ...parts, backend, randomBytes: nodeRandomBytes(0) },
    { updates: steps, rateAt: () => 1e-4, isRecorded: true },
  );
  return { programs, lanes, time };
}

async function fineTuningSteps(_, steps) {
  const { model: folder, batch = 32, time = 64, threads } = options;
  if (!folder) refuse('minilm needs --model, the folder of a BERT classifier');
  const { parts } = await fineTuning(folder, {
    ...{ isProfiled: true, batch: Number(batch), time: Number(time), threads: threads && Number(threads) },
  });
  return updates(parts, steps);
}

async function layerRuns(name, steps) {
  const layer = recurrentLayer(layers[name]);
  const program = await backend.compileProfiled(layer.bytes, { ...chosenThreads });
  const feeds = layer.feeds(time);
  const starts = [];
  await program.run(feeds);
  for (let run = 0; run < steps; run++) {
    starts.push(performance.now());
    await program.run(feeds);
  }
  const step = (performance.now() - starts[0]) / steps;
  const [, ...runs] = await program.recordedRuns();
  await program.dispose();
  const places = nodePlaces(layer.bytes, 'loss');
  return {
    programs: [{ role: 'gradients', lane: 0, runs, starts, places }],
    lanes: 1,
    time: { step, outside: 0, batches: 0, randomBytes: 0 },
  };
}

/** Everything that can be profiled: name → what runs some steps and gives what was recorded. */
const subjects = new Map([
  ...Object.keys(models).map((name) => [
    name,
    (_, steps) => updates({ ...trainModel(name, { isProfiled: true }).parts, ...chosenThreads }, steps),
  ]),
  ...Object.keys(layers).map((name) => [name, layerRuns]),
  ['minilm', fineTuningSteps],
]);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '4' },
    nodes: { type: 'string', default: '30' },
    products: { type: 'string', default: '0' },
    model: { type: 'string' },
    batch: { type: 'string' },
    time: { type: 'string' },
    threads: { type: 'string' },
  },
});
const [model] = positionals;
if (!subjects.has(model)) {
  const known = [...subjects.keys()];
  refuse(`expected one of ${known.join(', ')}, got "${model}"${didYouMean(String(model), known)}`);
}
for (const [name, value] of Object.entries(options)) {
  if (['model', 'batch', 'time'].includes(name)) {
    if (model !== 'minilm') refuse(`--${name} is for minilm only; remove it`);
  } else if (!/^\d+$/.test(value)) refuse(`--${name}: expected a whole number, got ${value}`);
}
const steps = Number(options.steps);
const chosenThreads = options.threads && { threads: Number(options.threads) };
const { programs, lanes, time: recordedTime } = await subjects.get(model)(model, steps);
const paths = programs.flatMap(({ places }) => [...places.values()].map(({ path }) => path));
const threads = Number(options.threads ?? Math.max(1, Math.floor(backend.cores / lanes)));
const about = { updates: steps, lanes, threads, time: recordedTime, recordedTime };
const profile = stepProfile({ ...about, programs, layerOf: layersOf(paths) });
const total = nodeTime(profile);
const line = (ms, what) => {
  const share = `${((100 * ms) / total).toFixed(1)} %`.padStart(7);
  process.stdout.write(`${share} ${`${ms.toFixed(2)} ms`.padStart(11)}  ${what}\n`);
};
const products = profile.products.ms > 0 ? `, products at ${profile.products.rate.toFixed(0)} GFLOP/s` : '';
process.stdout.write(`${model}: ${total.toFixed(1)} ms a step in nodes, mean of ${steps} steps${products}\n`);
for (const parts of [profile.layers, [...profile.kinds].sort((a, b) => b.ms - a.ms)]) {
  process.stdout.write('\n');
  for (const { name, ms } of parts) line(ms, name);
}
process.stdout.write('\n');
for (const { op, layer, ms, calls, shapes, rate } of profile.nodes.slice(0, Number(options.nodes))) {
  line(ms, `${calls.toFixed(1)} × ${op} ${layer} ${shapes}${rate ? ` ${rate.toFixed(0)} GFLOP/s` : ''}`);
}
if (Number(options.products) > 0) {
  const most = Number(options.products);
  const products = await productRates(backend, programs, { steps, threads, most });
  const sum = (part) => products.reduce((all, product) => all + part(product), 0);
  process.stdout.write('\n');
  for (const { name, ms, calls, rate, bare } of products) {
    line(ms, `${calls.toFixed(1)} × ${name} ${rate.toFixed(0)} GFLOP/s, bare ${bare.toFixed(0)}`);
  }
  const [ms, bareMs] = [sum((product) => product.ms), sum((product) => product.bareMs)];
  line(ms, `these products, ${(sum(({ flops }) => flops) / ms / 1e6).toFixed(0)} GFLOP/s`);
  line(bareMs, 'the same at their bare rates');
  line(total - ms, 'all else');
}
