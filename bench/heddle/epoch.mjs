/**
 * Trains a recipe's model on its real data by some updates whenever asked, and leaves the batches of its first epoch and
 * the model's configuration for `python/multi30k.py`. Serves the requests of `protocol.mjs`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { planEpoch } from '../../dist/data/batch/epoch.js';
import { nodeBackend } from '../../dist/runtime/node.js';
import { loadRecipe } from '../../dist/tasks/recipe/file.js';
import { taskRun } from '../../dist/tasks/run/task-run.js';
import { recipeModel } from '../../dist/tasks/text-to-text/config.js';
import { readTextToTextData } from '../../dist/tasks/text-to-text/data.js';
import { textToTextTraining } from '../../dist/tasks/text-to-text/training.js';
import { translation } from '../../dist/tasks/text-to-text/translation.js';
import { optimizer as makeOptimizer } from '../../dist/train/optimizers/optimizers.js';
import { learningRateAt } from '../../dist/train/optimizers/schedule.js';
import { nodeRandomBytes } from '../../dist/train/random/random-bytes-node.js';
import { trainGraphs } from '../../dist/train/update/train-graph.js';
import { TrainState } from '../../dist/train/update/train-state.js';
import { Updater } from '../../dist/train/update/updater.js';
import { serve } from '../protocol.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: 'string' }, serve: { type: 'string' }, out: { type: 'string' } },
});

const recipe = await loadRecipe(positionals[0], [`data.root=${JSON.stringify(options.data)}`]);
const { train: settings } = recipe;
const data = await readTextToTextData(recipe);
const setup = recipeModel(recipe, data);
const { padTokenId, decoderStartTokenId } = setup.tokens;

const { max_tokens_per_batch, seed } = settings;
const plan = planEpoch(data.train, { max_tokens_per_batch, seed }, 0);
const head = {
  vocab_size: setup.config.vocab_size,
  pad_token_id: padTokenId,
  decoder_start_token_id: decoderStartTokenId,
};
const rowsOf = (side, batch) => Array.from(batch, (at) => Array.from(data.train[side][at]));
const batches = plan.batches.map((batch) => ({ source: rowsOf('source', batch), target: rowsOf('target', batch) }));
await writeFile(
  join(options.out, 'batches.jsonl'),
  [head, ...batches].map((line) => `${JSON.stringify(line)}\n`).join(''),
);
await writeFile(join(options.out, 'config.json'), JSON.stringify(setup.config));

const task = taskRun(textToTextTraining(recipe, setup, data, translation.scorer), nodeBackend());
const optimizer = makeOptimizer(settings);
const graphs = trainGraphs(task.loss, { optimizer, maxGradNorm: settings.max_grad_norm });
const state = new TrainState(graphs, { optimizer, group: task.group });
state.initialize(graphs.parameters, settings.seed);
const updater = await Updater.make({
  graphs,
  optimizer,
  state,
  source: task.source({ epoch: 0, batch: 0 }),
  backend: nodeBackend(),
  randomBytes: nodeRandomBytes(settings.seed),
  accumulationSteps: settings.gradient_accumulation_steps,
});
const rate = learningRateAt({ ...settings, max_steps: settings.max_steps ?? 100_000 });

let update = 0;
async function iteration() {
  let tokens = 0;
  let loss = 0;
  for (let i = 0; i < Number(options.serve); i++) {
    update++;
    const result = await updater.run(update, rate(update - 1), false);
    tokens += result.counts.labels;
    loss += result.loss * result.counts.labels;
  }
  return { target_tokens: tokens, total_loss: loss };
}

const trained = graphs.trained.map((name) => graphs.parameters.get(name).shape.reduce((n, size) => n * size, 1));
await serve(
  {
    name: 'epoch',
    parameters: trained.reduce((sum, size) => sum + size, 0),
    updates: Math.ceil(plan.batches.length / settings.gradient_accumulation_steps),
    sentences: data.train.source.length,
    target_tokens: data.train.target.reduce((sum, ids) => sum + ids.length, 0),
    accumulate: settings.gradient_accumulation_steps,
    label_smoothing: settings.label_smoothing_factor,
    source_padding: plan.sourcePadding,
    target_padding: plan.targetPadding,
  },
  iteration,
);
