import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { didYouMean } from '../dist/io/nearest.js';
import { calls } from './measure/calls.mjs';
import { decode, decodeInt8, decodeOne } from './measure/decode.mjs';
import { epoch } from './measure/epoch.mjs';
import { firstStep } from './measure/first-step.mjs';
import { longText, textLengths } from './measure/long-text.mjs';
import { lowMemory } from './measure/low-memory.mjs';
import { memory } from './measure/memory.mjs';
import { memoryLoad } from './measure/memory-load.mjs';
import { fineTune, fineTuneMemory, fineTuneStep, infer, inferBf16, inferInt8 } from './measure/minilm.mjs';
import { randomness } from './measure/randomness.mjs';
import { recurrentLayer, scanLength } from './measure/recurrent.mjs';
import { serve } from './measure/serve.mjs';
import { tokens } from './measure/tokens.mjs';
import { trainStep } from './measure/train.mjs';
import { BenchError, checkPython } from './peer.mjs';
import { randomModelKinds } from './synthetic.mjs';
import { tableHead, tableLine } from './table.mjs';
import { taskNames } from './task-folder.mjs';

const sizes = ['tiny', 'small', 'bert'];
const ofSizes = (prefix, suffix, make) =>
  sizes.map((size) => named(`${prefix}-${size}${suffix}`, (name) => make(name, size)));
const named = (name, make) => [name, make(name)];

const onOpenVino = ['--engine', 'openvino'];

/** Every measurement: name → function that returns rows. */
const measurements = new Map([
  ...ofSizes('train', '', (name, size) => trainStep(name, size, ['eager', 'compile'])),
  ...ofSizes('train', '-bf16', (name, size) => trainStep(name, size, ['bf16', 'bf16-compile'])),
  ...ofSizes('train', '-openvino', (name, size) => trainStep(name, size, ['eager', 'compile'], onOpenVino)),
  ...ofSizes('train', '-openvino-bf16', (name, size) =>
    trainStep(name, size, ['eager', 'compile', 'bf16', 'bf16-compile'], [...onOpenVino, '--bf16']),
  ),
  ...ofSizes('train', '-tuned', (name, size) => trainStep(name, size, ['tuned'])),
  ...['rnn', 'rnn-luong', 'bilstm-crf'].map((model) =>
    named(`train-${model}`, (name) => trainStep(name, model, ['eager'])),
  ),
  ...ofSizes('memory', '', memory),
  ...randomModelKinds.map((kind) => named(`memory-load-${kind}`, (name) => memoryLoad(name, kind))),
  named('low-memory', lowMemory),
  ...textLengths.map((length) => named(`long-text-${length}`, (name) => longText(name, length))),
  named('decode-beam5', (name) => decode(name, 'transformers', 'float32')),
  named('decode-beam5-int8', (name) => decodeInt8(name)),
  named('decode-base-int8', (name) => decodeInt8(name, 'base')),
  named('decode-beam5-ctranslate2', (name) => decode(name, 'ctranslate2', 'float32')),
  named('decode-beam5-ctranslate2-int8', (name) => decode(name, 'ctranslate2', 'int8')),
  named('decode-base-ctranslate2', (name) => decode(name, 'ctranslate2', 'float32', 'base')),
  named('decode-base-ctranslate2-int8', (name) => decode(name, 'ctranslate2', 'int8', 'base')),
  named('decode-one-ctranslate2', (name) => decodeOne(name, 'ctranslate2', 'float32')),
  named('decode-one-ctranslate2-int8', (name) => decodeOne(name, 'ctranslate2', 'int8')),
  ...ofSizes('randomness', '', randomness),
  named('tokens-tiny', (name) => tokens(name, 'tiny')),
  ...['lstm', 'lstm-weights', 'gru', 'lstm-forward'].map((name) => named(name, recurrentLayer)),
  named('scan-length', scanLength),
  named('first-step', firstStep),
  named('epoch', epoch),
  named('train-minilm', (name) => fineTune(name, 32)),
  named('train-minilm-8', (name) => fineTune(name, 8)),
  named('step-minilm', (name) => fineTuneStep(name, 32, 64)),
  named('step-minilm-8', (name) => fineTuneStep(name, 8, 24)),
  named('memory-minilm', (name) => fineTuneMemory(name, 32)),
  named('infer-minilm', (name) => infer(name, 32, 64)),
  named('infer-minilm-short', (name) => infer(name, 32, 24)),
  named('infer-minilm-one', (name) => infer(name, 1, 24)),
  named('infer-minilm-openvino-bf16', (name) => inferBf16(name, 32, 64)),
  named('infer-minilm-int8', (name) => inferInt8(name, 32, 64)),
  named('infer-minilm-int8-short', (name) => inferInt8(name, 32, 24)),
  named('infer-minilm-int8-one', (name) => inferInt8(name, 1, 24)),
  ...taskNames.map((task) => named(`calls-${task}`, (name) => calls(name, task))),
  ...taskNames.map((task) => named(`serve-${task}`, (name) => serve(name, task))),
]);

const usage = `npm run --silent bench -- [NAME…] [--json] [--rounds N] [--model FOLDER] [--lines FILE] [--data FOLDER] [--old CHECKOUT]
  [--minilm FOLDER] [--sst2 FOLDER]

${[...measurements.keys()].join(' ')}

bench/README.md says what they measure.`;

/** Measurements that can be compared with another checkout's. */
const isComparable = (name) =>
  [
    /^decode-beam5$/,
    /^train-(tiny|small|bert)(-openvino|-openvino-bf16)?$/,
    /^train-(rnn|rnn-luong|bilstm-crf)$/,
    /^(step|infer)-minilm(-8|-short|-one)?$/,
  ].some((pattern) => pattern.test(name));

/** @throws {BenchError} when a measurement has no rival in another checkout. */
function checkOld(names) {
  const comparable = [...measurements.keys()].filter(isComparable);
  if (names.length > 0 && names.every(isComparable)) return;
  throw new BenchError(`bench: --old needs the names of what to compare, of ${comparable.join(', ')}`);
}

/** Parses the call. @throws {BenchError} when it is wrong. */
function readCall() {
  const text = { type: 'string' };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      ...{ rounds: text, model: text, lines: text, data: text, old: text, minilm: text, sst2: text },
    },
  });
  const known = [...measurements.keys()];
  for (const name of positionals) {
    if (measurements.has(name)) continue;
    throw new BenchError(`bench: expected one of ${known.join(', ')}, got "${name}"${didYouMean(name, known)}`);
  }
  const { rounds } = values;
  if (rounds !== undefined && !/^[1-9]\d*$/.test(rounds)) {
    throw new BenchError(`bench: --rounds must be a whole number of at least 1, got ${rounds}`);
  }
  const minilm = values.minilm ?? (process.env.HEDDLE_BENCH_MINILM || undefined);
  const sst2 = values.sst2 ?? (process.env.HEDDLE_BENCH_SST2 || undefined);
  // Without names: what needs neither data nor an engine that Heddle does not bring.
  const isPossible = (name) =>
    (name !== 'epoch' || values.data) && (!name.includes('minilm') || minilm) && !name.includes('openvino');
  const names = positionals.length ? positionals : known.filter(isPossible);
  if (positionals.includes('epoch') && !values.data) {
    throw new BenchError('bench: epoch needs --data, the data.root of the recipe');
  }
  if (positionals.some((name) => name.includes('minilm')) && !minilm) {
    throw new BenchError('bench: minilm needs --minilm FOLDER; python/fetch_minilm.py fetches the folder');
  }
  if (values.old !== undefined) checkOld(positionals);
  return { ...values, minilm, sst2, names, rounds: rounds && Number(rounds) };
}

/** npm runs this in the workspace's folder; paths are relative to where npm was called. */
const pathFrom = (path) => path && resolve(process.env.INIT_CWD ?? '.', path);

async function main() {
  const call = readCall();
  if (call.help) return print(usage);
  const folders = [];
  const bench = {
    python: process.env.HEDDLE_BENCH_PYTHON || undefined,
    threads: availableParallelism(),
    rounds: call.rounds,
    model: pathFrom(call.model),
    lines: pathFrom(call.lines),
    data: pathFrom(call.data),
    old: pathFrom(call.old),
    minilm: pathFrom(call.minilm),
    sst2: pathFrom(call.sst2),
    async temporary() {
      const folder = await mkdtemp(join(tmpdir(), 'heddle-bench-'));
      folders.push(folder);
      return folder;
    },
  };
  if (bench.python) await checkPython(bench.python);
  try {
    if (!call.json) print(`${cpus()[0]?.model ?? 'unknown processor'}, ${bench.threads} threads\n\n${tableHead}`);
    for (const name of call.names) {
      try {
        for (const row of await measurements.get(name)(bench)) print(call.json ? JSON.stringify(row) : tableLine(row));
      } catch (error) {
        process.stderr.write(`${name}: ${error instanceof BenchError ? error.message : error.stack}\n`);
        process.exitCode = 1;
      }
    }
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}

const print = (line) => process.stdout.write(`${line}\n`);
const isWrongCall = (error) => error instanceof BenchError || String(error.code).startsWith('ERR_PARSE_ARGS');

try {
  await main();
} catch (error) {
  process.stderr.write(`${isWrongCall(error) ? error.message : error.stack}\n`);
  process.exitCode = isWrongCall(error) ? 2 : 1;
}
