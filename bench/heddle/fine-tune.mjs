/**
 * Times the fine-tuning of a classifier: the trainer's own updates on labelled lines, or without `--data` on one full batch.
 * Serves the requests of `protocol.mjs`; an iteration is `--serve` updates, as in `python/fine_tune.py`.
 */
import { parseArgs } from 'node:util';
import { nodeBackend } from '../../dist/runtime/node.js';
import { nodeRandomBytes } from '../../dist/train/random/random-bytes-node.js';
import { Updater } from '../../dist/train/update/updater.js';
import { peakMegabytes, serve, sinceStart } from '../protocol.mjs';
import { fineTuning } from './minilm.mjs';

const text = (value) => ({ type: 'string', default: value });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    ...{ batch: text('32'), time: text('64'), serve: text('5'), warmup: text('3'), 'max-length': text('128') },
    'learning-rate': text('5e-5'),
    threads: { type: 'string' },
  },
});
const [batch, time, updates, warmup, maxLength, learningRate] = [
  ...['batch', 'time', 'serve', 'warmup', 'max-length', 'learning-rate'].map((name) => Number(values[name])),
];

const baseline = peakMegabytes();
const { parts, parameters, batches } = await fineTuning(positionals[0], {
  ...{ data: values.data, threads: values.threads && Number(values.threads) },
  ...{ batch, time, maxLength },
});
const updater = await Updater.make({ ...parts, backend: nodeBackend(), randomBytes: nodeRandomBytes(0) });

let done = 0;
const update = () => updater.run(++done, learningRate, false);

async function iteration() {
  let sentences = 0;
  let loss = 0;
  const before = batches.places();
  for (let i = 0; i < updates; i++) {
    const result = await update();
    sentences += result.counts.labels;
    loss += result.loss;
  }
  return { sentences, places: batches.places() - before || sentences * time, total_loss: loss };
}

for (let i = 0; i < warmup; i++) await update();
const { rows, tokens } = batches;
await serve(
  { name: 'fine-tune', parameters, batch, rows, tokens, baseline_rss_mb: baseline, ready_ms: sinceStart() },
  iteration,
);
