/** Times one recurrent layer; a request may name its length, `{ run: 1, time: 64 }`. Serves the requests of `protocol.mjs`. */
import { parseArgs } from 'node:util';
import { nodeBackend } from '../../dist/runtime/node.js';
import { peakMegabytes, serve } from '../protocol.mjs';
import { layers, recurrentLayer } from './recurrent-layer.mjs';

const { values: options } = parseArgs({
  options: {
    layer: { type: 'string' },
    time: { type: 'string', default: '32' },
    warmup: { type: 'string', default: '3' },
  },
});

const baseline = peakMegabytes();
const layer = recurrentLayer(layers[options.layer]);
const backend = nodeBackend();
let programs = 0;
const compile = (bytes) => {
  programs++;
  return backend.compile(bytes);
};
const program = await compile(layer.bytes);

/** Tensors of a length, made once. */
const memory = new Map();
const tensorsOf = (time) => {
  const known = memory.get(time) ?? { feeds: layer.feeds(time), into: layer.into(time) };
  memory.set(time, known);
  return known;
};

async function run({ time = Number(options.time) }) {
  const { feeds, into } = tensorsOf(time);
  const results = await program.run(feeds, { into });
  return { programs, ...(results.loss && { loss: results.loss.data[0] }) };
}

for (let i = 0; i < Number(options.warmup); i++) await run({});
await serve(
  {
    name: options.layer,
    parameters: layer.parameters,
    tokens: layer.batch * Number(options.time),
    baseline_rss_mb: baseline,
  },
  run,
);
