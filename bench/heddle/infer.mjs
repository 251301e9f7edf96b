/**
 * Times a pass of a classifier in Heddle: `--rows` × `--time` ids without padding to logits, the ids of `python/infer.py`.
 * Serves the requests of `protocol.mjs`.
 */
import { parseArgs } from 'node:util';
import { graphInputs } from '../../dist/models/inputs/input-spec.js';
import { Trace } from '../../dist/nn/index.js';
import { nodeBackend } from '../../dist/runtime/node.js';
import { SharedWeights } from '../../dist/runtime/shared-weights.js';
import { forDtype } from '../../dist/tasks/model/model-dtype.js';
import { peakMegabytes, serve, sinceStart } from '../protocol.mjs';
import { loadClassifier, withTypes } from './minilm.mjs';
import { int32 } from './random-batch.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '32' },
    time: { type: 'string', default: '64' },
    threads: { type: 'string' },
    warmup: { type: 'string', default: '3' },
    dtype: { type: 'string' },
    engine: { type: 'string' },
  },
});
const [rows, time, warmup] = ['rows', 'time', 'warmup'].map((name) => Number(values[name]));
const threads = values.threads && Number(values.threads);

const baseline = peakMegabytes();
const { backend, dtype } = forDtype(nodeBackend(values.engine), values.dtype);
const { model, config, parameters } = await loadClassifier(positionals[0], dtype);
const { root } = new Trace({ isTapped: false });
const logits = model.logits(root, model.run(root, graphInputs(model.inputs)));
const program = await new SharedWeights(backend, parameters).compile({ logits }, { threads });
const shape = [rows, time];
const ids = Array.from({ length: rows * time }, (_, i) => 1000 + ((i * 7) % (config.vocab_size - 1000)));
const feeds = withTypes({
  input_ids: int32(shape, ids),
  attention_mask: int32(
    shape,
    ids.map(() => 1),
  ),
});

async function iteration() {
  const { logits } = await program.run(feeds);
  return { sum: logits.data.reduce((sum, x) => sum + x, 0) };
}

let first;
for (let i = 0; i < Math.max(1, warmup); i++) first = await iteration();
const sum = Math.round(first.sum * 1000) / 1000;
await serve(
  { name: 'infer', threads, tokens: rows * time, sum, baseline_rss_mb: baseline, ready_ms: sinceStart() },
  iteration,
);
