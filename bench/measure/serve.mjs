import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { pipeline } from '../../dist/tasks/index.js';
import { isSameResult } from '../same-result.mjs';
import { sentences } from '../synthetic.mjs';
import { makeTaskModel } from '../task-folder.mjs';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const concurrent = 200;
/** Requests after which the memory is to stay as it is. */
const settled = 1000;
const total = 10_000;

/** Starts `examples/server.mjs` with its event loop and memory watched. */
async function startServer(task, folder) {
  const args = [
    '--expose-gc',
    '--import',
    pathOf('../heddle/watched.mjs'),
    pathOf('../../examples/server.mjs'),
    task,
    folder,
    '0',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const ask = async (what) => {
    child.send(what);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return { url: line.trim(), ask, child };
}

/** Posts a text and gives the status, the result and how many ms that took. */
function post(agent, url, text) {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, method: 'POST' }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const result = JSON.parse(Buffer.concat(chunks).toString());
        resolve({ status: response.statusCode, result, ms: performance.now() - start });
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify({ inputs: text }));
  });
}

/** Sends `count` requests, 200 of them at any time; their ms, and how many results are not the direct call's. */
async function load({ agent, url, texts, wanted }, count) {
  const times = [];
  let sent = 0;
  let wrong = 0;
  const client = async () => {
    while (sent < count) {
      const at = sent++ % texts.length;
      const { status, result, ms } = await post(agent, url, texts[at]);
      times.push(ms);
      if (status !== 200 || !isSameResult(result, wanted[at])) wrong++;
    }
  };
  await Promise.all(Array.from({ length: concurrent }, client));
  return { times, wrong };
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/**
 * `examples/server.mjs` under 200 concurrent requests: ms a request takes, the longest gap in the server's event loop and
 * the longest work in it in ms of processor time, how far its memory grows after the first 1,000 requests, and how many answers are not those of a direct call.
 */
export const serve = (name, task) => async (bench) => {
  const folder = bench.model ?? (await makeTaskModel(await bench.temporary(), task, 'small'));
  const texts = sentences(concurrent, 2);
  const direct = await pipeline(task, folder);
  const wanted = [];
  for (const text of texts) wanted.push(await direct(text));
  await direct.dispose();
  const { url, ask, child } = await startServer(task, folder);
  const agent = new Agent({ keepAlive: true, maxSockets: concurrent });
  const target = { agent, url, texts, wanted };
  const count = bench.rounds ?? total;
  const first = await load(target, Math.min(settled, count));
  const before = await ask('reset');
  const start = performance.now();
  const { times, wrong } = await load(target, Math.max(count - settled, concurrent));
  const seconds = (performance.now() - start) / 1000;
  const after = await ask('read');
  agent.destroy();
  child.kill('SIGTERM');
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`the server ended with ${status}`);
  times.sort((a, b) => a - b);
  const row = (what, unit, heddle) => ({
    name: `${name}-${what}`,
    unit,
    heddle,
    other: null,
    other_name: null,
    ratio: null,
  });
  return [
    row('p50', 'ms', quantile(times, 0.5)),
    row('p99', 'ms', quantile(times, 0.99)),
    row('rate', 'requests/s', times.length / seconds),
    row('gap', 'ms', after.gap),
    row('work', 'ms', after.work),
    row('memory', 'MB', after.rss - before.rss),
    row('wrong', 'answers', wrong + first.wrong),
  ];
};
