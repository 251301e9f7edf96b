import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, row, takeTurns, withPeers } from '../compare.mjs';
import { writeClassifier } from '../heddle/minilm.mjs';
import { BenchError, rivals, runPython, startHeddle, startNode, startPython } from '../peer.mjs';
import { labelledLines } from '../synthetic.mjs';
import { iterationMs, stepTurn } from './train.mjs';

const maxLength = 128;
/** Sentences of SST-2's training set. */
const lines = 6920;
const rounds = 15;
/** Updates of an iteration. */
const updatesOfTurn = 5;
/** Turns of fine-tuning: `grouped` has its longest batches first in every 50, so that only multiples of 50 updates are fair. */
const fineTuneRounds = 20;

/** The classifier that all sides start from: MiniLM's encoder under a new head. */
async function classifier(bench) {
  const folder = join(await bench.temporary(), 'classifier');
  await writeClassifier(bench.minilm, folder);
  return folder;
}

/** Lines of a text, a tab and a label: SST-2's training set, or made ones of its lengths. */
async function labelledFile(bench, folder) {
  if (bench.sst2) {
    const file = ['train.tsv.gz', 'train.tsv'].map((name) => join(bench.sst2, name)).find(existsSync);
    if (file) return file;
    throw new BenchError(`--sst2 ${bench.sst2}: expected train.tsv or train.tsv.gz in it`);
  }
  const { model } = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'));
  const words = Object.keys(model.vocab).filter((word) => /^[a-z]{2,}$/.test(word));
  const file = join(await bench.temporary(), 'train.tsv');
  await writeFile(file, labelledLines(lines, words).join(''));
  return file;
}

const flags = (values) => Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Transformers' Trainer with random batches, and with batches of similar length. */
const trainers = (bench, folder, shared) =>
  bench.python === undefined
    ? []
    : ['random', 'grouped'].map((sampling) => ({
        sampling,
        start: () =>
          startPython(bench.python, 'fine_tune.py', [
            folder,
            ...flags({ ...shared, sampling, threads: bench.threads }),
          ]),
      }));

const trainerName = ({ transformers }, sampling) => `Trainer ${transformers} ${sampling}`;

/** Sentences per second over all replies. */
function rate(replies) {
  const sum = (name) => replies.reduce((total, reply) => total + reply[name].reduce((a, b) => a + b, 0), 0);
  return { sentences: sum('sentences') / (sum('ms') / 1000), places: sum('places') / sum('sentences') };
}

/**
 * Fine-tuning on real batches: sentences a second, against the Trainer with random batches (the row `name`) and with
 * batches of similar length (`…-grouped`). `places` is the tokens of a sentence in its batch, padding included.
 */
export const fineTune = (name, batch) => async (bench) => {
  const folder = await classifier(bench);
  const data = await labelledFile(bench, folder);
  const shared = { data, batch, 'max-length': maxLength, serve: updatesOfTurn };
  const others = trainers(bench, folder, shared);
  const heddle = () => startHeddle('fine-tune.mjs', [folder, ...flags({ ...shared, threads: bench.threads })]);
  const turns = bench.rounds ?? fineTuneRounds;
  return withPeers([heddle, ...others.map(({ start }) => start)], async (peers) => {
    checkTokens(name, peers);
    const [own, ...rates] = (await takeTurns(peers, turns)).map(rate);
    const against = (suffix, i) =>
      row({
        name: `${name}${suffix}`,
        unit: 'sentences/s',
        isMoreBetter: true,
        heddle: own.sentences,
        other: rates[i]?.sentences,
        otherName: rates[i] ? trainerName(peers[i + 1].hello, others[i].sampling) : null,
        heddle_places: own.places,
        other_places: rates[i]?.places ?? null,
        updates: turns * updatesOfTurn,
      });
    return [against('', 0), ...(rates.length ? [against('-grouped', 1)] : [])];
  });
};

/** @throws {BenchError} when the sides do not train the same numbers on the same tokens. */
function checkTokens(name, peers) {
  for (const field of ['parameters', 'rows', 'tokens']) {
    const values = [...new Set(peers.map(({ hello }) => hello[field]))];
    if (values.length > 1)
      throw new BenchError(`${name}: all sides must have the same ${field}, got ${values.join(', ')}`);
  }
}

/** Milliseconds of an update on a full batch, no padding: the dense step, against PyTorch's plain loop. */
export const fineTuneStep = (name, batch, time) => async (bench) => {
  const folder = await classifier(bench);
  const shared = flags({ batch, time, serve: 1 });
  const torch = (mode) => ({
    name: (hello) => `PyTorch ${hello.torch} ${mode}`,
    start: () =>
      startPython(bench.python, 'fine_tune.py', [
        ...[folder, ...shared, '--engine', 'step', '--mode', mode, '--threads', String(bench.threads)],
      ]),
    mayFail: mode === 'compile',
  });
  const others = bench.python === undefined ? [] : ['eager', 'compile'].map(torch);
  const result = await compare({
    name,
    unit: 'ms',
    heddle: () => startHeddle('fine-tune.mjs', [folder, ...shared]),
    others: rivals(bench, 'fine-tune.mjs', [folder, ...shared], others),
    rounds: bench.rounds ?? rounds,
    request: stepTurn,
    value: iterationMs,
    same: ['parameters', 'tokens'],
  });
  return [result];
};

/** Largest resident set, in 10⁶ bytes, of a fresh process that fine-tunes for an epoch; the Trainer's with random batches. */
export const fineTuneMemory = (name, batch) => async (bench) => {
  const folder = await classifier(bench);
  const data = await labelledFile(bench, folder);
  const shared = { data, batch, 'max-length': maxLength, serve: 1 };
  const run = bench.rounds ?? Math.ceil(lines / batch);
  const peak = (start) =>
    withPeers([start], async ([peer]) => ({ hello: peer.hello, peak: (await peer.ask({ run })).peak_rss_mb }));
  const own = await peak(() => startHeddle('fine-tune.mjs', [folder, ...flags(shared)]));
  const [random] = trainers(bench, folder, shared);
  const other = random && (await peak(random.start));
  const made = row({
    name,
    unit: 'MB',
    heddle: own.peak,
    other: other?.peak,
    otherName: other && trainerName(other.hello, random.sampling),
    heddle_baseline: own.hello.baseline_rss_mb,
    other_baseline: other?.hello.baseline_rss_mb ?? null,
  });
  return [made];
};

/**
 * Milliseconds of a pass of the classifier over full batches: against PyTorch (the row `name`), and against ONNX Runtime on
 * an export of the same weights (`…-onnx`), which is the engine under transformers.js. All must give the same sum of logits.
 */
export const infer = (name, batch, time) => async (bench) => {
  const folder = await classifier(bench);
  const shared = flags({ rows: batch, time, threads: bench.threads });
  const heddle = () => startHeddle('infer.mjs', [folder, ...shared]);
  const torch = (mode) => ({
    name: (hello) => `PyTorch ${hello.torch} ${mode}`,
    start: () => startPython(bench.python, 'infer.py', [folder, '--mode', mode, ...shared]),
    mayFail: mode === 'compile',
  });
  const measure = (rowName, others) =>
    compare({
      name: rowName,
      unit: 'ms',
      heddle,
      others,
      rounds: bench.rounds ?? rounds,
      request: stepTurn,
      value: iterationMs,
      same: ['tokens'],
    });
  if (bench.old !== undefined || bench.python === undefined)
    return [await measure(name, rivals(bench, 'infer.mjs', [folder, ...shared], []))];
  const file = join(await bench.temporary(), 'model.onnx');
  await runPython(bench.python, 'export_onnx.py', [folder, file]);
  const onnx = {
    name: ({ version }) => `ONNX Runtime ${version}, export of PyTorch`,
    start: () => startNode('onnxruntime/infer.mjs', [file, ...shared]),
  };
  return [await measure(name, ['eager', 'compile'].map(torch)), await measure(`${name}-onnx`, [onnx])];
};

/** Milliseconds of a pass of the classifier with int8 weights, against the same with float32. */
export const inferInt8 = (name, batch, time) => async (bench) => {
  const shared = [await classifier(bench), ...flags({ rows: batch, time, threads: bench.threads })];
  const float32 = { name: () => 'Heddle float32', start: () => startHeddle('infer.mjs', shared) };
  const result = await compare({
    name,
    unit: 'ms',
    heddle: () => startHeddle('infer.mjs', [...shared, '--dtype', 'int8']),
    others: [float32],
    rounds: bench.rounds ?? rounds,
    request: stepTurn,
    value: iterationMs,
    same: ['tokens'],
  });
  return [result];
};

/**
 * Milliseconds of a pass of the classifier in bfloat16 on OpenVINO: against PyTorch's modes, bfloat16 among them (the row `name`),
 * and against Heddle in float32 on the engine `cpu` (`…-cpu`).
 */
export const inferBf16 = (name, batch, time) => async (bench) => {
  const shared = flags({ rows: batch, time, threads: bench.threads });
  const folder = await classifier(bench);
  const heddle = (...own) => startHeddle('infer.mjs', [folder, ...shared, ...own]);
  const torch = (mode) => ({
    name: (hello) => `PyTorch ${hello.torch} ${mode}`,
    start: () => startPython(bench.python, 'infer.py', [folder, '--mode', mode, ...shared]),
    mayFail: mode.endsWith('compile'),
  });
  const measure = (rowName, others) =>
    compare({
      name: rowName,
      unit: 'ms',
      heddle: () => heddle('--engine', 'openvino', '--dtype', 'bf16'),
      others,
      rounds: bench.rounds ?? rounds,
      request: stepTurn,
      value: iterationMs,
      same: ['tokens'],
    });
  const modes = bench.python === undefined ? [] : ['eager', 'compile', 'bf16', 'bf16-compile'];
  const onCpu = { name: () => 'Heddle float32 on cpu', start: () => heddle('--engine', 'cpu') };
  return [await measure(name, modes.map(torch)), await measure(`${name}-cpu`, [onCpu])];
};
