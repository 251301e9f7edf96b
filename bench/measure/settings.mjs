/**
 * A thousand calls with a thousand settings: how many engine sessions there are at most, and whether memory grows.
 *
 *     node bench/measure/settings.mjs [FOLDER]
 *
 * Prints a line of JSON: sessions compiled in all, the most at once of a lane, and the resident memory after every hundred
 * calls in MB. Without a folder it makes a Marian of random weights.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBackend } from '../../dist/runtime/node.js';
import { pipeline } from '../../dist/tasks/index.js';
import { writeRandomModel } from '../synthetic.mjs';

const calls = 1000;
const lanes = 2;

/** Settings of every kind, no two alike. */
function settingsAt(i) {
  const kinds = [
    { num_beams: 1 },
    { num_beams: 2 + (i % 7) },
    { num_beams: 1, do_sample: true, top_k: 1 + (i % 60), temperature: 0.5 + i / calls, seed: i },
    { num_beams: 1, do_sample: true, top_p: 0.5 + i / 2 / calls },
    { num_beams: 4, length_penalty: i / calls },
  ];
  return {
    ...kinds[i % kinds.length],
    max_new_tokens: 5 + (i % 10),
    repetition_penalty: 1 + i / calls,
    no_repeat_ngram_size: i % 4,
    bad_words_ids: [[100 + i], [200 + i, 300]],
    suppress_tokens: [3000 + i, 4000 + i],
  };
}

const live = { now: 0, most: 0, compiled: 0 };
const engine = nodeBackend();
const backend = {
  ...engine,
  async compile(model, options) {
    live.compiled++;
    live.most = Math.max(live.most, ++live.now);
    const program = await engine.compile(model, options);
    return {
      inputs: program.inputs,
      outputs: program.outputs,
      run: (feeds, how) => program.run(feeds, how),
      async dispose() {
        await program.dispose();
        live.now--;
      },
    };
  },
};

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'heddle-settings-')));
if (!process.argv[2]) await writeRandomModel(folder, 200);
const lines = (await readFile(join(folder, 'lines.txt'), 'utf8')).trim().split('\n');
const write = await pipeline('translation', folder, { backend });
const resident = [];
for (let i = 1; i <= calls; i++) {
  await write(lines.slice(i % 190, (i % 190) + 4), settingsAt(i));
  if (i % 100 === 0) {
    globalThis.gc?.();
    resident.push(Math.round(process.memoryUsage.rss() / 1e6));
  }
}
await write.dispose();
if (!process.argv[2]) await rm(folder, { recursive: true });
const { compiled, most, now: left } = live;
process.stdout.write(
  `${JSON.stringify({ calls, compiled, sessions_per_lane: most / lanes, left, resident_mb: resident })}\n`,
);
