/**
 * Prints where the time of a training step or of a recurrent layer goes:
 * `node bench/profile.mjs tiny|rnn|lstm|… [--steps N] [--nodes N]`, or of fine-tuning a BERT classifier:
 * `node bench/profile.mjs minilm --model FOLDER [--batch 32] [--time 64] [--threads N]`.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { didYouMean } from '../dist/io/nearest.js';
import { nodeRandomBytes } from '../dist/train/random/random-bytes-node.js';
import { Updater } from '../dist/train/update/updater.js';
import { fineTuning } from './heddle/minilm.mjs';
import { profilingBackend } from './heddle/profiling-backend.mjs';
import { layers, recurrentLayer } from './heddle/recurrent-layer.mjs';
import { models, trainModel } from './heddle/train-model.mjs';

const time = 32;

const trainSteps = (model, steps, backend) => updates(trainModel(model, {}).parts, steps, backend);

async function fineTuningSteps(_, steps, backend) {
  const { model: folder, batch, time, threads } = options;
  if (!folder) throw new Error('profile: minilm needs --model, a folder of a BERT classifier');
  const { parts } = await fineTuning(folder, {
    ...{ batch: Number(batch), time: Number(time), threads: threads && Number(threads) },
  });
  return updates(parts, steps, backend);
}

async function updates(parts, steps, backend) {
  const updater = await Updater.make({ ...parts, backend, randomBytes: nodeRandomBytes(0) });
  for (let step = 1; step <= steps; step++) await updater.run(step, 1e-4, step === steps);
  return () => updater.dispose();
}

async function layerRuns(name, runs, backend) {
  const layer = recurrentLayer(layers[name]);
  const program = await backend.compile(layer.bytes);
  const feeds = layer.feeds(time);
  for (let run = 0; run < runs; run++) await program.run(feeds);
  return () => program.dispose();
}

/** Everything that can be profiled: name → what runs some steps and gives what frees them. */
const subjects = new Map([
  ...Object.keys(models).map((name) => [name, trainSteps]),
  ...Object.keys(layers).map((name) => [name, layerRuns]),
  ['minilm', fineTuningSteps],
]);

/** Runs some steps and gives the profiler's events of each session. */
async function record(name, steps) {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-profile-'));
  try {
    const backend = profilingBackend(join(folder, 'step'));
    const dispose = await subjects.get(name)(name, steps, backend);
    backend.end();
    await dispose();
    const files = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
    return files.map((text) => JSON.parse(text));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The kernels of a session without what ran inside them: of a `Scan` only what it costs besides its steps is left. */
function ownTimes(events) {
  const kernels = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  const own = kernels
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur)
    .map((event) => ({ ...event, end: event.ts + event.dur }));
  const open = [];
  for (const event of own) {
    while (open.length > 0 && open.at(-1).end <= event.ts) open.pop();
    const outer = open.at(-1);
    if (outer) outer.dur -= event.end - event.ts;
    open.push(event);
  }
  return own;
}

/** Sums of kernel times, longest first: [what, { microseconds, calls }]. */
function sums(events, what) {
  const found = new Map();
  for (const event of events) {
    const key = what(event);
    const sum = found.get(key) ?? { microseconds: 0, calls: 0 };
    found.set(key, { microseconds: sum.microseconds + event.dur, calls: sum.calls + 1 });
  }
  return [...found].sort(([, a], [, b]) => b.microseconds - a.microseconds);
}

/** A node with the number of its layer and its own number left out, and its result's shape. */
function place({ name, args }) {
  const path = name
    .replace(/_kernel_time$/, '')
    .replace(/([./])\d+(?=[./])/g, '$1N')
    .replace(/[_:]\d+$/, '');
  const [shape] = (args.output_type_shape ?? []).map((each) => Object.values(each)[0]);
  return `${args.op_name} ${path} [${shape ?? ''}]`;
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '4' },
    nodes: { type: 'string', default: '30' },
    model: { type: 'string' },
    batch: { type: 'string', default: '32' },
    time: { type: 'string', default: '64' },
    threads: { type: 'string' },
  },
});
const [model] = positionals;
if (!subjects.has(model)) {
  const known = [...subjects.keys()];
  process.stderr.write(
    `profile: expected one of ${known.join(', ')}, got "${model}"${didYouMean(String(model), known)}\n`,
  );
  process.exit(2);
}
const steps = Number(options.steps);
const events = (await record(model, steps)).flatMap(ownTimes);
const total = events.reduce((sum, { dur }) => sum + dur, 0);
const table = (rows) => {
  for (const [what, { microseconds, calls }] of rows) {
    const share = `${((100 * microseconds) / total).toFixed(1)} %`.padStart(7);
    const ms = `${(microseconds / steps / 1000).toFixed(2)} ms`.padStart(11);
    process.stdout.write(`${share} ${ms} ${String(calls / steps).padStart(6)} calls  ${what}\n`);
  }
};
process.stdout.write(
  `${model}: ${(total / steps / 1000).toFixed(1)} ms a step in operators, mean of ${steps} steps\n\n`,
);
table(sums(events, ({ args }) => args.op_name));
process.stdout.write('\n');
table(sums(events, place).slice(0, Number(options.nodes)));
