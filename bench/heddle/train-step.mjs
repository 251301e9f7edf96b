/** Times a training step: the trainer's own updates on batches in memory. Serves the requests of `protocol.mjs`. */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { nodeBackend } from '../../dist/runtime/node.js';
import { nodeRandomBytes } from '../../dist/train/random/random-bytes-node.js';
import { Updater } from '../../dist/train/update/updater.js';
import { peakMegabytes, serve, sinceStart } from '../protocol.mjs';
import { trainModel } from './train-model.mjs';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    dropout: { type: 'string', default: '0.1' },
    batch: { type: 'string' },
    time: { type: 'string' },
    warmup: { type: 'string', default: '3' },
    engine: { type: 'string' },
    bf16: { type: 'boolean' },
  },
});
const number = (text) => (text === undefined ? undefined : Number(text));

const baseline = peakMegabytes();
const backend = nodeBackend(options.engine);
const { parts, parameters, tokens } = trainModel(options.model, {
  dropout: Number(options.dropout),
  batch: number(options.batch),
  time: number(options.time),
  backend,
});

/** Milliseconds spent on random bytes, on the JavaScript thread, while the engine works. */
let randomMs = 0;
const bytes = nodeRandomBytes(0);
const randomBytes = {
  fill(...given) {
    const begin = performance.now();
    bytes.fill(...given);
    randomMs += performance.now() - begin;
  },
};

const updater = await Updater.make({ ...parts, backend, randomBytes, usesBf16: options.bf16 });
let done = 0;
async function step() {
  randomMs = 0;
  const { loss } = await updater.run(++done, 1e-4, false);
  return { loss, random_ms: randomMs };
}

let firstStep;
for (let i = 0; i < Number(options.warmup); i++) {
  await step();
  firstStep ??= sinceStart();
}
await serve(
  { name: `train-${options.model}`, parameters, tokens, baseline_rss_mb: baseline, first_step_ms: firstStep },
  step,
);
