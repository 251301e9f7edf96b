import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare } from '../compare.mjs';
import { rivals, startHeddle, startPython } from '../peer.mjs';
import { writeRandomModel } from '../synthetic.mjs';

const rounds = 5;
/** Sentences in a batch that the others are tried with; the best counts. */
const batchSizes = [16, 32, 64];

const tokensPerSecond = ({ ms, output_tokens }) => output_tokens[0] / (ms[0] / 1000);

/** Tokens that a random model writes, which never ends by itself: about those of a sentence of Multi30k. */
const randomTokens = 14;

/**
 * What Heddle is called with to search as the other side does, with its type of weights. CTranslate2 ends a search with as
 * many hypotheses as beams: `early_stopping`, with which all tokens are the same.
 */
const asOther = (args, engine, computeType) => [
  ...args,
  ...(engine === 'ctranslate2' ? ['--early-stopping'] : []),
  ...(computeType === 'int8' ? ['--dtype', 'int8'] : []),
];

/**
 * Beam-5 translation of a file, lines to lines, in output tokens a second, against an engine's best batch size, with
 * weights of one type; of random weights of a `size` unless the call names a model.
 */
export const decode = (name, engine, computeType, size) => async (bench) => {
  const { args, engineArgs } = await argumentsOf(bench, engine, computeType, size);
  const own = asOther(args, engine, computeType);
  const others = batchSizes.map((size) => ({
    name: ({ version }) => `${version}${computeType === 'float32' ? '' : ` ${computeType}`}, batches of ${size}`,
    start: () => startPython(bench.python, 'generate.py', [...args, ...engineArgs, '--batch-size', String(size)]),
  }));
  return rate(bench, name, own, rivals(bench, 'decode.mjs', own, bench.python === undefined ? [] : others));
};

/** The same with int8 weights, against Heddle with float32 weights. */
export const decodeInt8 = (name, size) => async (bench) => {
  const { args } = await argumentsOf(bench, 'heddle', 'float32', size);
  const float32 = { name: () => 'Heddle float32', start: () => startHeddle('decode.mjs', args) };
  return rate(bench, name, asOther(args, 'heddle', 'int8'), [float32]);
};

async function rate(bench, name, own, others) {
  const result = await compare({
    ...{ name, unit: 'tokens/s', isMoreBetter: true, others },
    heddle: () => startHeddle('decode.mjs', own),
    rounds: bench.rounds ?? rounds,
    value: tokensPerSecond,
    same: ['lines'],
  });
  return [result];
}

/** The same, one line after the other: ms a line, against an engine with one thread and with all. */
export const decodeOne = (name, engine, computeType) => async (bench) => {
  const { args, engineArgs } = await argumentsOf(bench, engine, computeType, 'tiny');
  const others = [1, bench.threads].map((threads) => ({
    name: ({ version }) => `${version}${computeType === 'float32' ? '' : ` ${computeType}`}, ${threads} threads`,
    start: () =>
      startPython(bench.python, 'generate.py', [...args, ...engineArgs, '--one', '--threads', String(threads)]),
  }));
  const result = await compare({
    name,
    unit: 'ms',
    heddle: () => startHeddle('decode.mjs', [...asOther(args, engine, computeType), '--one']),
    others: bench.python === undefined ? [] : others,
    rounds: bench.rounds ?? rounds,
    value: ({ ms, lines }) => ms[0] / lines[0],
    same: ['lines'],
  });
  return [result];
};

/** What both sides are called with, and the engine of the other side. */
async function argumentsOf(bench, engine, computeType, size) {
  const { folder, lines, most } = await subject(bench, size);
  return {
    args: [folder, '--input', lines, '--max-new-tokens', String(most)],
    engineArgs: ['--engine', engine, '--compute-type', computeType, '--threads', String(bench.threads)],
  };
}

/** The model and the lines that were asked for, or random weights and made-up lines; the most tokens to write. */
async function subject(bench, size = 'tiny') {
  if (bench.model) {
    const { max_new_tokens: most = 80 } = JSON.parse(
      await readFile(join(bench.model, 'generation_config.json'), 'utf8'),
    );
    return { folder: bench.model, lines: bench.lines ?? join(bench.model, 'lines.txt'), most };
  }
  const folder = join(await bench.temporary(), `random-marian-${size}`);
  await writeRandomModel(folder, 200, size);
  return { folder, lines: bench.lines ?? join(folder, 'lines.txt'), most: size === 'tiny' ? 80 : randomTokens };
}
