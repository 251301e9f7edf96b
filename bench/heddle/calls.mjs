/** Times 200 calls of a pipeline at once and one call of their 200 texts, in turn. Serves the requests of `protocol.mjs`. */
import { performance } from 'node:perf_hooks';
import { pipeline } from '../../dist/tasks/index.js';
import { serve, sinceStart } from '../protocol.mjs';
import { isSameResult } from '../same-result.mjs';
import { sentences } from '../synthetic.mjs';

const [task, folder] = process.argv.slice(2);
const texts = sentences(200, 2);
const run = await pipeline(task, folder);

const ways = {
  calls: async () => (await Promise.all(texts.map((text) => run(text)))).map(withoutList),
  call: async () => (await run(texts)).map(withoutList),
};

/** The result of one text, which some tasks give as a list of one. */
const withoutList = (result) => (Array.isArray(result) && result.length === 1 ? result[0] : result);

let isTurned = false;

/** One after the other; who is first changes, because the first finds the caches as the pause has left them. */
async function iteration() {
  isTurned = !isTurned;
  const order = Object.keys(ways);
  const [times, results] = [{}, {}];
  for (const way of isTurned ? order.reverse() : order) {
    const begin = performance.now();
    results[way] = await ways[way]();
    times[way] = performance.now() - begin;
  }
  const differing = texts.filter((_, i) => !isSameResult(results.calls[i], results.call[i])).length;
  return { ...times, differing };
}

await iteration();
await serve({ name: `calls-${task}`, texts: texts.length, ready_ms: sinceStart() }, iteration);
