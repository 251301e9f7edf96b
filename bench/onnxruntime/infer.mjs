/**
 * Times a pass of a classifier in ONNX Runtime alone, which is the engine under transformers.js: `node infer.mjs MODEL.onnx`.
 * The model is one that `python/export_onnx.py` wrote, the ids those of `python/infer.py`. Serves the requests of `protocol.mjs`.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { peakMegabytes, serve, sinceStart } from '../protocol.mjs';

const text = (value) => ({ type: 'string', default: String(value) });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: text(32),
    time: text(64),
    vocabulary: text(30522),
    threads: text(availableParallelism()),
    warmup: text(3),
  },
});
const [rows, time, vocabulary, threads, warmup] = ['rows', 'time', 'vocabulary', 'threads', 'warmup'].map((name) =>
  Number(values[name]),
);

const baseline = peakMegabytes();
const session = await InferenceSession.create(positionals[0], {
  intraOpNumThreads: threads,
  graphOptimizationLevel: 'all',
});
const int64 = (value) => {
  const data = BigInt64Array.from({ length: rows * time }, (_, i) => BigInt(value(i)));
  return new Tensor('int64', data, [rows, time]);
};
const feeds = {
  input_ids: int64((i) => 1000 + ((i * 7) % (vocabulary - 1000))),
  attention_mask: int64(() => 1),
  token_type_ids: int64(() => 0),
};

async function iteration() {
  const { logits } = await session.run(feeds);
  return { sum: logits.data.reduce((sum, x) => sum + x, 0) };
}

let first;
for (let i = 0; i < Math.max(1, warmup); i++) first = await iteration();
const manifest = new URL('../../node_modules/onnxruntime-node/package.json', import.meta.url);
await serve(
  {
    name: 'infer',
    engine: 'onnxruntime-node',
    version: JSON.parse(readFileSync(manifest, 'utf8')).version,
    threads,
    tokens: rows * time,
    sum: Math.round(first.sum * 1000) / 1000,
    baseline_rss_mb: baseline,
    ready_ms: sinceStart(),
  },
  iteration,
);
