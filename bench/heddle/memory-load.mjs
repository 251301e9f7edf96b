/**
 * Loads a model and compiles what some lanes need; says what was in memory after each program. Serves no requests: one JSON
 * line.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startGraph, stepGraph } from '../../dist/decode/step/graph.js';
import { diskFolder } from '../../dist/io/disk-folder.js';
import { loadModel } from '../../dist/models/folder/load.js';
import { graphInputs } from '../../dist/models/inputs/input-spec.js';
import { Trace } from '../../dist/nn/index.js';
import { lower } from '../../dist/onnx/index.js';
import { withLowMemory } from '../../dist/runtime/low-memory.js';
import { capiBackend } from '../../dist/runtime/node/capi.js';
import { SharedWeights } from '../../dist/runtime/shared-weights.js';
import { peakMegabytes } from '../protocol.mjs';

const logitsOf = (model, root) => model.logits(root, model.run(root, graphInputs(model.inputs)));

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'low-memory': { type: 'boolean' }, lanes: { type: 'string', default: '4' } },
});
const [folder] = positionals;

/** Resident set in 10⁶ bytes, without garbage. */
function inUse() {
  globalThis.gc();
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1.024e-3;
}

const engine = capiBackend();
const backend = options['low-memory'] ? withLowMemory(engine) : engine;
const loaded = await loadModel(diskFolder(folder));
const rules = { normalized: 'after', candidates: 1, showsAttention: false, drawn: 'none', changes: true };

/** The graphs of one lane: of an encoder–decoder the encoder's and a step's. */
function graphs() {
  const { model, role } = loaded;
  if (role === 'sequence-classification') return [{ logits: logitsOf(model, new Trace().root) }];
  const start = startGraph(model);
  return [start.outputs, stepGraph(model, start.state, rules).outputs];
}

// What JavaScript's heap grows by while graphs are built is not a program's memory.
for (let i = 0; i < 10; i++) for (const outputs of graphs()) lower(outputs);
const inMemory = inUse();
const weights = new SharedWeights(backend, loaded.parameters);
const programs = [];
const after = [inMemory];
for (let lane = 0; lane < Number(options.lanes); lane++) {
  for (const outputs of graphs()) {
    programs.push(await weights.compile(outputs, { threads: 1 }));
    after.push(inUse());
  }
}
const peak = peakMegabytes();
for (const program of programs) await program.dispose();
await weights.dispose();
const file = statSync(join(folder, 'model.safetensors')).size / 1e6;
const steps = after.slice(1).map((megabytes, i) => megabytes - after[i]);
process.stdout.write(
  `${JSON.stringify({ file, loaded: inMemory, programs_of_lane: graphs().length, steps, peak, disposed: inUse() })}\n`,
);
