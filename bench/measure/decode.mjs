import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare } from '../compare.mjs';
import { rivals, startHeddle, startPython } from '../peer.mjs';
import { writeRandomModel } from '../synthetic.mjs';

const rounds = 5;
/** Sentences in a batch that the others are tried with; the best counts. */
const batchSizes = [16, 32, 64];

const tokensPerSecond = ({ ms, output_tokens }) => output_tokens[0] / (ms[0] / 1000);

/** Beam-5 translation of a file, lines to lines, in output tokens a second, against an engine's best batch size. */
export const decode = (name, engine, computeType) => async (bench) => {
  const { folder, lines } = await subject(bench);
  const max = JSON.parse(await readFile(join(folder, 'generation_config.json'), 'utf8')).max_new_tokens ?? 80;
  const args = [folder, '--input', lines, '--max-new-tokens', String(max)];
  const engineArgs = ['--engine', engine, '--compute-type', computeType, '--threads', String(bench.threads)];
  const others = batchSizes.map((size) => ({
    name: ({ version }) => `${version}${computeType === 'float32' ? '' : ` ${computeType}`}, batches of ${size}`,
    start: () => startPython(bench.python, 'generate.py', [...args, ...engineArgs, '--batch-size', String(size)]),
  }));
  const result = await compare({
    name,
    unit: 'tokens/s',
    isMoreBetter: true,
    heddle: () => startHeddle('decode.mjs', args),
    others: rivals(bench, 'decode.mjs', args, bench.python === undefined ? [] : others),
    rounds: bench.rounds ?? rounds,
    value: tokensPerSecond,
    same: ['lines'],
  });
  return [result];
};

/** The model and the lines that were asked for, or random weights and made-up lines. */
async function subject(bench) {
  if (bench.model) return { folder: bench.model, lines: bench.lines ?? join(bench.model, 'lines.txt') };
  const folder = join(await bench.temporary(), 'random-marian');
  await writeRandomModel(folder, 200);
  return { folder, lines: bench.lines ?? join(folder, 'lines.txt') };
}
