/** A page opens a model of another origin: its header alone where the server sends parts, the whole file elsewhere. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { elementCount } from '../../src/weights/tensor.ts';
import { joined } from '../fuzz/model-seed.ts';
import { drawFloats } from '../ops/draw.ts';
import { type Browser, openBrowser } from './harness.ts';
import type { OpenArgument } from './open-model-page.ts';

const setup = checkConfig(
  {
    model_type: 'bert',
    vocab_size: 30_000,
    hidden_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 16,
    architectures: ['BertForMaskedLM'],
  },
  'config.json',
);
const weights = new Map(
  [...modelParameters(setup)].map(([name, { shape }]) => [name, drawFloats(name, elementCount(shape))]),
);
const files = new Map([...saveModelFiles(setup, weights)].map(([name, content]) => [name, joined(content)]));

const asked: string[] = [];
const server = createServer((request, response) => {
  const [, kind, file = ''] = (request.url ?? '').split('/');
  const content = files.get(file);
  response.setHeader('Access-Control-Allow-Origin', '*');
  if (!content) return void response.writeHead(404).end();
  const { range } = request.headers;
  if (file === 'model.safetensors') asked.push(range ?? 'whole');
  const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (begin === undefined || last === undefined || kind === 'whole') return void response.end(content);
  const part = content.subarray(Number(begin), Number(last) + 1);
  response.setHeader('Content-Range', `bytes ${begin}-${Number(begin) + part.length - 1}/${content.length}`);
  if (kind === 'shared') response.setHeader('Access-Control-Expose-Headers', 'Content-Range');
  response.writeHead(206).end(part);
});

let browser: Browser;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function open(kind: string, isRead: boolean) {
  asked.length = 0;
  const { port } = server.address() as AddressInfo;
  const argument: OpenArgument = { address: `http://127.0.0.1:${port}/${kind}`, isRead };
  const entry = new URL('./open-model-page.ts', import.meta.url);
  const { value } = await browser.run({ entry, argument });
  return value as { readonly architecture: string; readonly sums: Readonly<Record<string, number>> };
}

test('a model is opened by its header', async () => {
  expect(await open('shared', false)).toMatchObject({ architecture: 'BertForMaskedLM', report: { dtypes: ['F32'] } });
  expect(asked.filter((range) => range !== 'bytes=0-131071')).toEqual(['whole']);
});

describe.each(['shared', 'hidden', 'whole'])('weights from a server (%s)', (kind) => {
  test('are those of the file', async () => {
    const { sums } = await open(kind, true);
    const expected = [...weights].map(([name, data]) => [name, data.reduce((sum, x) => sum + x, 0)]);
    expect(sums).toEqual(Object.fromEntries(expected));
  });
});
