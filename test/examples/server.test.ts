/** The server of examples/, started as its users start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipeline } from '../../src/tasks/index.ts';
import { ModelTensor } from '../../src/tasks/model/model-tensor.ts';
import { build, root } from '../cli/heddle.ts';
import { SmallRun } from '../tasks/small-run.ts';
import { callOf, inputsOf, type TaskSample, textSamples } from '../tasks/task-sample.ts';

const server = join(root, 'examples/server.mjs');

/** A server that is ready, and how it ended. */
async function start(task: string, folder: string, seconds = '20') {
  const child: ChildProcess = spawn(process.execPath, [server, task, folder, '0', seconds], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([status]) => status as number | null);
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += chunk));
  const ready = once(child.stdout!.setEncoding('utf8'), 'data').then(([line]) => String(line).trim());
  const url = await Promise.race([ready, ended.then(() => Promise.reject(new Error(errors)))]);
  return { url, child, ended, errors: () => errors };
}

const post = async (url: string, body: unknown, init: RequestInit = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', body: text, ...init });
  return { status: response.status, result: await response.json() };
};

const refused = (status: number, error: unknown) => ({ status, result: { error } });

/** Equal but for what a sum of another order gives. */
function expectSame(found: unknown, wanted: unknown): void {
  if (typeof wanted === 'number') expect(found).toBeCloseTo(wanted, 5);
  else if (typeof wanted !== 'object' || wanted === null) expect(found).toBe(wanted);
  else for (const [name, value] of Object.entries(wanted)) expectSame((found as Record<string, unknown>)[name], value);
}

beforeAll(build, 600_000);

test('the page of the docs has the server as it is', async () => {
  const [page, code] = await Promise.all([join(root, 'docs/serving.md'), server].map((path) => readFile(path, 'utf8')));
  expect(page).toContain(`\`\`\`js\n${code}\`\`\`\n`);
});

async function trained(sample: TaskSample): Promise<SmallRun> {
  const run = await SmallRun.make(sample);
  await run.train('model', [...run.unvalidated, 'data.test=null', 'train.save_steps=6']);
  return run;
}

describe.each(textSamples)('for $task', (sample) => {
  let run: SmallRun;
  let at: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    run = await trained(sample);
    at = await start(sample.task, run.at('model'));
  });
  afterAll(async () => {
    at?.child.kill('SIGKILL');
    await run?.remove();
  });

  const bodies = Array.from({ length: 100 }, (_, i) => {
    const inputs = inputsOf(sample);
    const input = inputs[i % inputs.length];
    return { inputs: i % 3 ? input : [input, inputs[0]], parameters: sample.options };
  });

  test('a hundred requests at once get what direct calls get, whoever goes away meanwhile', async () => {
    const use = await pipeline(sample.task, run.at('model'));
    const call = callOf(use);
    const gone = new AbortController();
    const all = bodies.map((body, i) => post(at.url, body, i % 5 === 4 ? { signal: gone.signal } : {}));
    const outcomes = Promise.allSettled(all);
    setTimeout(() => gone.abort(), 5);
    for (const [i, outcome] of (await outcomes).entries()) {
      if (outcome.status === 'rejected') {
        expect(i % 5).toBe(4);
        continue;
      }
      const { status, result } = outcome.value;
      expect(status).toBe(200);
      const direct = await call(bodies[i].inputs, bodies[i].parameters);
      expectSame(result, direct instanceof ModelTensor ? direct.tolist() : direct);
    }
    await use.dispose();
    expect(at.errors()).toBe('');
  });

  test('wrong requests are answered with what is wrong, and the server goes on', async () => {
    const { url } = at;
    expect(await post(url, '{"inputs": ')).toEqual(refused(400, expect.stringMatching(/JSON/)));
    expect(await post(url, { inputs: 7 })).toEqual(
      refused(400, expect.stringMatching(/expected (a text or a (list of texts|pair)|a question and a context)/)),
    );
    expect(await post(url, {})).toEqual(
      refused(400, expect.stringMatching(/expected (a text or a (list of texts|pair)|a question and a context)/)),
    );
    expect(await post(url, { inputs: 'a', parameter: {} })).toEqual(
      refused(400, expect.stringMatching(/got parameter$/)),
    );
    expect(await post(url, { inputs: 'a', parameters: 5 })).toEqual(
      refused(400, expect.stringMatching(/got parameters$/)),
    );
    expect(await post(url, { inputs: 'a', parameters: { tpo_k: 1 } })).toEqual(
      refused(400, expect.stringMatching(/tpo_k/)),
    );
    expect(await post(url, { inputs: 'a', parameters: { signal: 'x' } })).toEqual(
      refused(400, expect.stringMatching(/signal: expected an AbortSignal, got string/)),
    );
    const latin1 = await fetch(url, { method: 'POST', body: Buffer.from('{"inputs": "\xe9"}', 'latin1') });
    expect([latin1.status, await latin1.json()]).toEqual([400, { error: 'expected JSON in UTF-8' }]);
    const { inputOf = (line: string) => line } = sample;
    const long = { inputs: inputOf('a'.repeat(5001)) };
    expect(await post(url, long)).toEqual(
      refused(400, expect.stringMatching(/expected at most 5000 characters, got (5001|10002)/)),
    );
    const many = { inputs: Array.from({ length: 65 }, () => inputOf('a')) };
    expect(await post(url, many)).toEqual(refused(400, expect.stringMatching(/expected at most 64 texts, got 65/)));
    const huge = { inputs: 'a'.repeat(200_000) };
    expect(await post(url, huge)).toEqual(refused(413, 'expected at most 100000 bytes'));
    const get = await fetch(url);
    expect([get.status, await get.json()]).toEqual([405, { error: 'expected POST, got GET' }]);
    expect((await post(url, bodies[0])).status).toBe(200);
    expect(at.errors()).toBe('');
  });

  test('limits of generation are the server’s', async () => {
    const error = /classification$|^fill-mask$|^question-answering$|^feature-extraction$/.test(sample.task)
      ? /unknown option/
      : /num_beams: expected at most 8, got 999/;
    const wanted = refused(400, expect.stringMatching(error));
    expect(await post(at.url, { inputs: 'a', parameters: { num_beams: 999 } })).toEqual(wanted);
  });

  test('SIGTERM lets it finish what it has begun, and it exits with 0', async () => {
    const begun = request(at.url, { method: 'POST', headers: { expect: '100-continue' } });
    begun.flushHeaders();
    await once(begun, 'continue');
    const others = Promise.allSettled(bodies.slice(0, 20).map((body) => post(at.url, body)));
    await new Promise((resolve) => setTimeout(resolve, 15));
    at.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 50));
    begun.end(JSON.stringify(bodies[0]));
    const [response] = await once(begun, 'response');
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close']);
    expect(JSON.parse(Buffer.concat(await response.toArray()).toString())).toBeInstanceOf(Array);
    for (const outcome of await others) {
      if (outcome.status === 'fulfilled') expect(outcome.value.status).toBe(200);
      // A connection that was not accepted yet, or was idle between two requests, is closed.
      else expect(String(outcome.reason.cause)).toMatch(/ECONNREFUSED|ECONNRESET|other side closed/);
    }
    expect(await at.ended).toBe(0);
    expect(at.errors()).toBe('');
    const { port } = new URL(at.url);
    const socket = connect(Number(port), '127.0.0.1');
    await expect(once(socket, 'connect')).rejects.toThrow(/ECONNREFUSED/);
  });
});

test('SIGTERM ends it although clients send nothing, or half a request', async () => {
  const run = await trained(textSamples.find(({ task }) => task === 'text-classification')!);
  const { url, child, ended } = await start('text-classification', run.at('model'), '1');
  const clients = ['', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{'].map((sent) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    return once(socket, 'connect').then(() => socket.write(sent));
  });
  await Promise.all(clients);
  await new Promise((resolve) => setTimeout(resolve, 50));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  await run.remove();
});

test('a folder that is no model ends the server with the reason', async () => {
  await expect(start('translation', 'no-such-folder')).rejects.toThrow(/no-such-folder/);
});
