/** Times a classifier with and without a second copy of its weights, in turn. Serves the requests of `protocol.mjs`. */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { diskFolder } from '../../dist/io/disk-folder.js';
import { loadModel } from '../../dist/models/folder/load.js';
import { graphInputs } from '../../dist/models/inputs/input-spec.js';
import { Trace } from '../../dist/nn/index.js';
import { withLowMemory } from '../../dist/runtime/low-memory.js';
import { nodeBackend } from '../../dist/runtime/node.js';
import { SharedWeights } from '../../dist/runtime/shared-weights.js';
import { serve, sinceStart } from '../protocol.mjs';

const logitsOf = (model, root) => model.logits(root, model.run(root, graphInputs(model.inputs)));

const { positionals } = parseArgs({ allowPositionals: true });
const { model, parameters } = await loadModel(diskFolder(positionals[0]));

/** One token a text: the rows of every product are the texts, as in a step of a decoder. */
const feeds = (rows) => ({
  input_ids: { type: 'int32', shape: [rows, 1], data: new Int32Array(rows).fill(3) },
  attention_mask: { type: 'int32', shape: [rows, 1], data: new Int32Array(rows).fill(1) },
});

const programs = [];
for (const backend of [withLowMemory(nodeBackend()), nodeBackend()]) {
  const logits = logitsOf(model, new Trace().root);
  programs.push(await new SharedWeights(backend, parameters).compile({ logits }, { threads: 1 }));
}

await serve({ name: 'low-memory', ready_ms: sinceStart() }, async ({ rows }) => {
  const times = [];
  for (const program of programs) {
    const begin = performance.now();
    await program.run(feeds(rows));
    times.push(performance.now() - begin);
  }
  return { low: times[0], packed: times[1] };
});
