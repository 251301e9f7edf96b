/**
 * A folder that Heddle fine-tuned goes on training in Transformers (Python), and what that saved goes on training in Heddle:
 * `HEDDLE_BENCH_PYTHON=… node bench/interop/there-and-back.mjs MODEL [--out FOLDER]`, with MODEL a BERT such as MiniLM.
 *
 * Fails when a folder does not load whole, when the loss does not fall at every station, or when the two do not agree on the
 * loss and the outputs of what Python saved.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomStream } from '../../dist/data/batch/shuffle.js';

const lossBound = 1e-4;
const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Lines with a label that their first word decides. */
function lines(count) {
  const random = randomStream(0);
  const words = 'a film of the story and its people in one long night'.split(' ');
  return Array.from({ length: count }, () => {
    const isGood = random.below(2) === 1;
    const rest = Array.from({ length: 3 + random.below(9) }, () => words[random.below(words.length)]);
    return `${[isGood ? 'good' : 'dull', ...rest].join(' ')}\t${isGood ? 'yes' : 'no'}\n`;
  });
}

/** Runs a command to its end and gives what it printed. */
function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}

const heddle = (...args) => run(process.execPath, [pathOf('../../dist/cli/main.js'), ...args]);

/** Fine-tunes from a folder; gives the validation losses, the first after one update. */
async function train(from, data, out, seed) {
  const entry = { columns: { text: 0, label: 1 } };
  const recipe = {
    task: 'text-classification',
    data: { train: { file: join(data, 'train.tsv'), ...entry }, validation: { file: join(data, 'dev.tsv'), ...entry } },
    model: { model_name_or_path: from },
    train: {
      ...{ max_steps: 7, per_device_train_batch_size: 32, learning_rate: 2e-4, lr_scheduler_type: 'constant', seed },
      ...{ warmup_steps: 0, logging_steps: 1, eval_steps: 2, save_steps: 7 },
    },
  };
  const file = join(data, `${seed}.json`);
  await writeFile(file, JSON.stringify(recipe));
  heddle('train', file, '--out', out);
  const { log_history } = JSON.parse(await readFile(join(out, 'trainer_state.json'), 'utf8'));
  return log_history.flatMap(({ eval_loss }) => (eval_loss === undefined ? [] : [eval_loss]));
}

function report(station, before, after) {
  process.stdout.write(`${station}: loss ${before.toFixed(5)} → ${after.toFixed(5)}\n`);
  if (!(after < before)) throw new Error(`${station}: expected the loss to fall`);
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const python = process.env.HEDDLE_BENCH_PYTHON;
if (!python || positionals.length !== 1) {
  process.stderr.write('there-and-back: needs HEDDLE_BENCH_PYTHON and the folder of one model\n');
  process.exit(2);
}
const out = resolve(values.out ?? (await mkdtemp(join(tmpdir(), 'heddle-there-'))));
try {
  const made = lines(640);
  await writeFile(join(out, 'train.tsv'), made.slice(128).join(''));
  await writeFile(join(out, 'dev.tsv'), made.slice(0, 128).join(''));
  const [here, there, back] = ['here', 'there', 'back'].map((name) => join(out, name));

  const first = await train(resolve(positionals[0]), out, here, 0);
  report('Heddle', first[0], first.at(-1));

  // It reports the loss of the first 128 lines of its data.
  const args = [here, '--out', there, '--data', join(out, 'dev.tsv'), '--learning-rate', '2e-4'];
  const said = JSON.parse(
    run(python, [pathOf('continue_training.py'), ...args])
      .trim()
      .split('\n')
      .at(-1),
  );
  report('Trainer', said.loss_before, said.loss_after);
  process.stdout.write(run(python, [pathOf('compare.py'), there]));
  const scored = JSON.parse(heddle('evaluate', there, '--data', join(out, 'dev.tsv'), '--json'));
  const difference = Math.abs(scored.eval_loss - said.loss_after);
  process.stdout.write(
    `the same folder in Heddle: loss ${scored.eval_loss.toFixed(5)}, |Δ| ${difference.toExponential(1)}\n`,
  );
  if (!(difference <= lossBound)) throw new Error(`expected the same loss within ${lossBound}`);

  const second = await train(there, out, back, 1);
  report('Heddle again', scored.eval_loss, second.at(-1));
} catch (error) {
  process.stderr.write(`there-and-back: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  if (!values.out) await rm(out, { recursive: true, force: true });
}
