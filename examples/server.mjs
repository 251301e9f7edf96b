/**
 * Serves a pipeline over HTTP, on this machine only.
 *
 *   node examples/server.mjs translation run 8000
 *   curl 127.0.0.1:8000 -d '{"inputs": ["the 3rd of May, 1998"], "parameters": {"num_beams": 4}}'
 */
import { isUtf8 } from 'node:buffer';
import { createServer } from 'node:http';
import { InputError, pipeline } from 'heddle';

const most = { requests: 1000, bytes: 100_000 };
const textLimits = { texts: 64, characters: 5000 };
const generationLimits = { num_beams: 8, num_return_sequences: 8, max_new_tokens: 200 };

const [task, folder, port = '8000', seconds = '20'] = process.argv.slice(2);
const generates = /generation|translation|summarization/.test(task);
const run = await pipeline(task, folder, { limits: { ...textLimits, ...(generates && generationLimits) } });
let waiting = 0;

const refusal = (status, message) => Object.assign(new Error(message), { status });

async function readCall(request) {
  let [body, bytes] = [[], 0];
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if ((bytes += chunk.length) > most.bytes) throw refusal(413, `expected at most ${most.bytes} bytes`);
    body.push(chunk);
  }
  body = Buffer.concat(body);
  if (!isUtf8(body)) throw refusal(400, 'expected JSON in UTF-8');
  const { inputs, parameters = {}, ...others } = Object(JSON.parse(body));
  const [unknown] = Object.keys(typeof parameters === 'object' ? others : { ...others, parameters });
  if (unknown) throw refusal(400, `expected { "inputs": …, "parameters": { … } }, got ${unknown}`);
  return { inputs, parameters };
}

function send(response, status, result) {
  if (!server.listening || status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(result));
}

const server = createServer({ requestTimeout: 30_000 }, async (request, response) => {
  const client = new AbortController();
  response.on('close', () => client.abort());
  try {
    if (++waiting > most.requests) throw refusal(503, 'too many requests are waiting');
    if (request.method !== 'POST') throw refusal(405, `expected POST, got ${request.method}`);
    const { inputs, parameters } = await readCall(request);
    const result = await run(inputs, { signal: client.signal, ...parameters });
    // The vectors of feature-extraction are a tensor, which JSON holds as nested lists.
    send(response, 200, 'tolist' in result ? result.tolist() : result);
  } catch (error) {
    if (client.signal.aborted) return;
    const isWrongCall = error instanceof InputError || error instanceof SyntaxError;
    send(response, error.status ?? (isWrongCall ? 400 : 500), { error: error.message });
  } finally {
    waiting--;
  }
});

function stop() {
  server.close(() => run.dispose());
  // From now on Node sets no time limit for a client that has not sent its request.
  setTimeout(() => server.closeAllConnections(), 1000 * Number(seconds)).unref();
}

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
