/**
 * Memory and time of a recipe's updates, and how many shapes its batches have.
 *
 *     node bench/measure/recipe-memory.mjs RECIPE [ENGINE] [UPDATES] [PATH=VALUE…]
 *
 * Makes the first UPDATES updates (default 400) of a training, without evaluations and checkpoints, on ENGINE (default cpu).
 * Prints a line of JSON: the shapes that reached the engine, seconds, and the resident memory in MB after each tenth.
 */
import { nodeBackend } from '../../dist/runtime/node.js';
import { loadRecipe } from '../../dist/tasks/recipe/file.js';
import { taskRow } from '../../dist/tasks/task-list.js';
import { withValuesOfEngine } from '../../dist/tasks/verbs/train-recipe.js';
import { completeArguments } from '../../dist/train/complete-arguments.js';
import { nodeRandomBytes } from '../../dist/train/random/random-bytes-node.js';
import { beginningPlan } from '../../dist/train/update/shard-plan.js';
import { TrainingSetup } from '../../dist/train/update/training-setup.js';
import { Updater } from '../../dist/train/update/updater.js';

const [file, engine = 'cpu', count = '400', ...settings] = process.argv.slice(2);
const updates = Number(count);
const backend = nodeBackend(engine);
const recipe = withValuesOfEngine(await loadRecipe(file, settings), backend);
const task = await taskRow(recipe.task).prepare(recipe, backend);
const source = task.source({ epoch: 0, batch: 0 });
const args = completeArguments(recipe.train, source.batchesInEpoch);
const setup = new TrainingSetup(task, args);
const plan = beginningPlan(args, setup.graphs, backend, task.source({ epoch: 0, batch: 0 }));
const state = setup.state(plan);
await setup.begin(state);

const shapes = new Set();
let tokens = 0;
const watched = {
  get position() {
    return source.position;
  },
  get batchesInEpoch() {
    return source.batchesInEpoch;
  },
  next(parts) {
    const batches = [source.next(parts)].flat();
    for (const batch of batches) {
      shapes.add(
        Object.values(batch.feeds)
          .map(({ shape }) => shape.join('x'))
          .join(),
      );
      tokens += batch.tokens;
    }
    return batches;
  },
};
const randomBytes = nodeRandomBytes(args.seed);
const updater = await Updater.make(setup.updaterParts(plan, { state, source: watched, backend, randomBytes }));
const memory = [];
const begin = performance.now();
const before = process.cpuUsage();
let loss = 0;
for (let update = 1; update <= updates; update++) {
  ({ loss } = await updater.run(update, 1e-4, update === updates));
  if (update % Math.ceil(updates / 10) === 0) memory.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
}
const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage(before);
const processor_seconds = (user + system) / 1e6;
const { pad_to_multiple_of = 1 } = recipe.train;
console.log(
  JSON.stringify({
    engine,
    pad_to_multiple_of,
    updates,
    shapes: shapes.size,
    tokens,
    seconds,
    processor_seconds,
    loss,
    memory,
  }),
);
await updater.dispose();
await task.dispose();
