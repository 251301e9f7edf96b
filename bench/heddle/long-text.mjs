/**
 * Passes or training steps of a small BigBird over one text of `--length` tokens, in a process of its own, so that its peak
 * is theirs. Serves no requests: one JSON line of the times in ms, and of the memory before the first and at the peak in MB.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { randomStream } from '../../dist/data/batch/shuffle.js';
import { checkConfig } from '../../dist/models/families/check-config.js';
import { modelParameters } from '../../dist/models/families/setup.js';
import { traceLoss } from '../../dist/models/heads/terms/loss.js';
import { checkedInputs } from '../../dist/models/inputs/checked-inputs.js';
import { graphInputs } from '../../dist/models/inputs/input-spec.js';
import { forLength } from '../../dist/models/text-length.js';
import { Trace } from '../../dist/nn/index.js';
import { nodeBackend } from '../../dist/runtime/node.js';
import { SharedWeights } from '../../dist/runtime/shared-weights.js';
import { optimizer as makeOptimizer } from '../../dist/train/optimizers/optimizers.js';
import { uniformFrom } from '../../dist/train/random/random-bytes.js';
import { nodeRandomBytes } from '../../dist/train/random/random-bytes-node.js';
import { trainGraphs } from '../../dist/train/update/train-graph.js';
import { TrainState } from '../../dist/train/update/train-state.js';
import { Updater } from '../../dist/train/update/updater.js';
import { peakMegabytes } from '../protocol.mjs';

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: { attention: text, length: text, rounds: text, trains: { type: 'boolean', default: false } },
});
const [length, rounds] = [Number(options.length), Number(options.rounds)];
const vocabulary = 8000;

/** Every seventh token is to be predicted. */
const labelled = 7;

const setup = checkConfig(
  {
    ...{ model_type: 'big_bird', vocab_size: vocabulary, pad_token_id: 0, max_position_embeddings: 8192 },
    ...{ hidden_size: 256, num_hidden_layers: 4, num_attention_heads: 4, intermediate_size: 1024 },
    ...{ block_size: 64, num_random_blocks: 3, attention_type: options.attention },
  },
  'bench',
  { isStrict: true, role: 'masked-lm' },
);
const { model } = forLength(setup, length);

const random = randomStream(0);
const row = (of) => ({ dtype: 'I32', shape: [1, length], data: Int32Array.from({ length }, of) });
const ids = row(() => 1 + random.below(vocabulary - 1));
const labels = row((_, at) => (at % labelled === 0 ? ids.data[at] : -100));
const given = checkedInputs(
  [...model.inputs, ...model.labelInputs],
  new Map([
    ['input_ids', ids],
    ['labels', labels],
  ]),
);

/** A pass that shows the logits of what is to be predicted, as a pipeline does. */
async function passes() {
  const drawn = [...modelParameters(setup)].map(([path, { shape, initializer }]) => [
    path,
    initializer(shape, uniformFrom(0, path)),
  ]);
  const { rows } = model.terms[0].feeds(given).feeds;
  const { root } = new Trace({ isTapped: false });
  const pass = model.run(root, graphInputs(model.inputs));
  const places = graphInputs([{ name: 'places', dtype: 'int32', shape: ['places'], absent: 'refused' }]).places;
  const weights = new SharedWeights(nodeBackend(), new Map(drawn));
  const program = await weights.compile({ logits: model.logitsAt(root, pass, places) });
  const feeds = { ...given, places: { type: 'int32', shape: [rows.data.length], data: rows.data } };
  const read = Object.fromEntries(Object.entries(feeds).filter(([name]) => program.inputs.includes(name)));
  return () => program.run(read);
}

/** Updates of the trainer, dropout on. */
async function steps() {
  const optimizer = makeOptimizer({
    ...{ optim: 'adamw_torch', adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8, weight_decay: 0 },
  });
  const graphs = trainGraphs((root) => traceLoss(root, model), { optimizer, maxGradNorm: 0 });
  const state = new TrainState(graphs, { optimizer, group: () => ({ decay: false, rate: 1 }) });
  state.initialize(graphs.parameters, 0);
  const { feeds, count } = model.terms[0].feeds(given);
  const batch = { feeds: { ...given, ...feeds }, counts: { labels: count }, tokens: length };
  const source = { position: { epoch: 0, batch: 0 }, batchesInEpoch: 2, next: () => batch };
  const parts = { graphs, optimizer, state, source, accumulationSteps: 1, randomBytes: nodeRandomBytes(0) };
  const updater = await Updater.make({ ...parts, backend: nodeBackend() });
  let done = 0;
  return () => updater.run(++done, 1e-4, false);
}

const before = peakMegabytes();
const once = await (options.trains ? steps() : passes());
await once();
const ms = [];
for (let round = 0; round < rounds; round++) {
  const begin = performance.now();
  await once();
  ms.push(performance.now() - begin);
}
process.stdout.write(`${JSON.stringify({ ms, before, peak: peakMegabytes() })}\n`);
process.exit();
