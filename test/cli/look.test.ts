/** The verbs that look into a model folder. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { temporaryFolder, writeSmallModel } from '../tasks/model-folder.ts';
import { build, heddle, root } from './heddle.ts';

const golden = join(root, 'test/golden/models/marian');
let folder: string;
let model: string;
const at = (name: string) => join(folder, name);
const readTensors = async (file: string) => parseSafetensors(new Uint8Array(await readFile(file)), file).tensors;

beforeAll(async () => {
  await build();
  folder = await temporaryFolder();
  model = await writeSmallModel(at('model'));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('info', () => {
  test('shows family, size and vocabulary', async () => {
    const { stdout } = await heddle(['info', model]);
    expect(stdout).toMatch(/^family +marian \(MarianMTModel\)\n/);
    expect(stdout).toMatch(/\nd_model +16\n/);
    // The file repeats the shared table for readers that would not tie it.
    const stored = [...(await readTensors(join(model, 'model.safetensors')))];
    const own = stored.filter(([name]) => !name.includes('embed_tokens'));
    const count = own.reduce((sum, [, { data }]) => sum + data.length, 0);
    expect(stdout).toContain(count.toLocaleString('en-US'));
  });

  test('shows parameters as a tree, FLOPs a token and memory for a batch', async () => {
    const { stdout } = await heddle(['info', golden, '--length', '16', '--batch', '2']);
    expect(stdout).toMatch(/\nparameters +41,562: embeddings 2,880, without them 38,682, trained 41,472\n/);
    expect(stdout).toMatch(/\nstored +F32, \d/);
    expect(stdout).toMatch(/\nFLOPs a token +[\d,]+ at 16 tokens, forward\n/);
    expect(stdout).toMatch(/\nmemory to train +about .* for 2 × 16 tokens: weights /);
    expect(stdout).toContain('\n    0 … 1  (2 ×)\n      self_attn\n        k_proj  weight [32, 32], bias [32]\n');
    expect((await heddle(['info', golden, '--batch', 'x'])).status).toBe(2);
  });

  test.each([
    ['distilbert_seqcls', ['dim', '32', 'n_layers', '2', 'n_heads', '4', 'hidden_dim', '56']],
    ['gpt2_lm', ['n_embd', '32', 'n_layer', '2', 'n_head', '4', 'n_positions', '48']],
    ['roberta_mlm', ['hidden_size', '32', 'num_hidden_layers', '2', 'num_attention_heads', '4']],
  ])('shows the sizes of %s by the names of its family', async (name, rows) => {
    const { stdout } = await heddle(['info', join(root, 'test/golden/models', name)]);
    expect(stdout.split(/\s+/).join(' ')).toContain(rows.join(' '));
  });

  test('--json holds the whole configuration', async () => {
    const { stdout } = await heddle(['info', golden, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      model_type: 'marian',
      // Transformers counts 2 · 48 · 32 sinusoids as parameters, and not the saved bias of 90.
      num_parameters: 44_544 - 2 * 48 * 32 + 90,
      vocabulary: null,
      config: { d_model: 32, activation_function: 'swish' },
      generation_config: { num_beams: 6 },
      recipe: null,
    });
  });
});

describe('inspect', () => {
  test('writes a page that shows every text', async () => {
    const call = ['inspect', model, '--text', 'a man sleeps', '--text', '한 남자가 잔다', '--out', at('page.html')];
    expect(await heddle(call)).toMatchObject({ status: 0, stdout: '' });
    const page = await readFile(at('page.html'), 'utf8');
    expect(page.match(/<section class="example"/g)).toHaveLength(2);
    expect(page).toContain('layer 2 · head 2');
    expect((await heddle(['inspect', model, '--text', ' ', '--out', at('blank.html')])).status).toBe(2);
  });

  test('shows images of a file by their numbers', async () => {
    const vit = at('vit');
    await cp(join(root, 'test/golden/models/vit_cls'), vit, { recursive: true });
    await writeFile(join(vit, 'preprocessor_config.json'), '{}');
    const pixel_values = { dtype: 'U8', shape: [3, 3, 20, 20], data: new Uint8Array(3600) } as const;
    await writeFile(at('images.safetensors'), writeSafetensors(new Map([['pixel_values', pixel_values]])));
    const call = ['inspect', vit, '--image', at('images.safetensors'), '--out', at('images.html')];
    const { status, stdout, stderr } = await heddle([...call, '--index', '2', '0']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('images.html shows the attention over 2 images');
    expect((await readFile(at('images.html'), 'utf8')).match(/class="input">image [20]</g)).toHaveLength(2);
    for (const [option, message] of [
      [['--index', '-1'], 'expected a whole number ≥ 0, got "-1"'],
      [['--words'], 'inspect --words: not used by a classifier of images; remove it'],
    ] as const) {
      const refused = await heddle([...call, ...option]);
      expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });

  test('refuses a pair for a model that reads one text', async () => {
    const call = ['inspect', model, '--text', 'a', '--text_pair', 'b', '--out', at('pair.html')];
    const { status, stderr } = await heddle(call);
    expect(status).toBe(2);
    expect(stderr).toContain('a model that writes reads one text, not a pair');
  });
});
