/** The page that `heddle inspect` writes for encoders. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { loadTokenizers } from '../../../src/tasks/folder/tokenizer-folder.ts';
import { attentionExamples, loadModel, pipeline } from '../../../src/tasks/index.ts';
import { writeAttentionPage } from '../../../src/tasks/verbs/attention-file.ts';
import { float32Data } from '../../../src/weights/tensor.ts';
import { temporaryFolder, writeSmallModel } from '../model-folder.ts';
import { SmallRun } from '../small-run.ts';
import { taskSamples } from '../task-sample.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const letters = [...'abcdefghijklmnopqrstuvwxyz'];
const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'dogs', 'run', '한국어', ...letters];
const tokens = [...words, ...letters.map((letter) => `##${letter}`)];

/** A golden BERT with a vocabulary of its own, as its older folders have it. */
async function bert(name: string): Promise<string> {
  const at = join(folder, name);
  await cp(fileURLToPath(new URL(`../../golden/models/${name}`, import.meta.url)), at, { recursive: true });
  await writeFile(join(at, 'vocab.txt'), tokens.join('\n'));
  await writeFile(join(at, 'tokenizer_config.json'), JSON.stringify({ tokenizer_class: 'BertTokenizer' }));
  return at;
}

async function pageOf(model: string, texts: readonly string[], text_pairs?: readonly string[]): Promise<string> {
  const out = join(folder, 'page.html');
  await writeAttentionPage(model, out, { texts, text_pairs });
  return readFile(out, 'utf8');
}

/** Labels of the rows of the first map, with their classes. */
const rowsOf = (page: string): string[] =>
  [
    ...page
      .split('</section>')
      .slice(1)[0]
      .matchAll(/<text( class="[a-z]+")? [^>]*text-anchor="end"[^>]*>([^<]*)/g),
  ].map(([, kind = '', label]) => `${label}${kind}`);

describe('a page of a BERT', () => {
  test('of a pair shows [CLS] and [SEP], marks the tokens of the second text, and what the classifier says', async () => {
    const page = await pageOf(await bert('bert_seqcls'), ['dogs run'], ['run dogs 한국어']);
    expect(rowsOf(page)).toEqual([
      '[CLS] class="added"',
      'dogs',
      'run',
      '[SEP] class="added"',
      'run class="second"',
      'dogs class="second"',
      expect.stringMatching(/class="second"$/),
      '[SEP] class="added"',
    ]);
    expect(page).toMatch(/class="output">\S+ 0\.\d{3}, \S+ 0\.\d{3}/);
    expect(page).toContain('Self-attention: ');
  });

  test('without a head shows the same, and says nothing', async () => {
    const page = await pageOf(await bert('bert_model'), ['dogs run']);
    expect(rowsOf(page)).toEqual(['[CLS] class="added"', 'dogs', 'run', '[SEP] class="added"']);
    expect(page).not.toContain('class="output"');
  });

  test('that predicts masked tokens says which they are', async () => {
    const page = await pageOf(await bert('bert_mlm'), ['dogs [MASK]']);
    expect(page).toMatch(/class="output">\S+<\/span>/);
    expect(rowsOf(page)).toContain('[MASK]');
  });

  test('that tags words shows the tag of each', async () => {
    const page = await pageOf(await bert('bert_tokcls'), ['dogs run']);
    expect(page).toMatch(/class="output">dogs\/\S+ run\/\S+<\/span>/);
    expect(rowsOf(page)).toEqual(['[CLS] class="added"', 'dogs', 'run', '[SEP] class="added"']);
  });

  test('holds the attention of a pass with the token types of the pair', async () => {
    const at = await bert('bert_seqcls');
    const model = await loadModel(at);
    const { source: tokenizer } = await loadTokenizers(diskFolder(at));
    const [example] = await attentionExamples({ model, tokenizer }, ['dogs'], { text_pairs: ['run'] });
    const { ids, type_ids } = tokenizer.encoding('dogs', { text_pair: 'run' });
    expect(type_ids).toEqual([0, 0, 0, 1, 1]);
    const results = await model.forward({ input_ids: [ids], token_type_ids: [type_ids] });
    const layers = example?.maps[0]?.layers ?? [];
    const last = layers.length;
    const tensor = results.get(`attentions.${last - 1}`);
    if (!tensor || !example) throw new Error('expected attentions');
    const shown = layers[last - 1]?.flat().flatMap((row) => [...row]);
    expect(shown).toEqual([...float32Data(tensor, 'attentions')]);
    const plain = await model.forward({ input_ids: [ids] });
    expect(plain.get(`attentions.${last - 1}`)?.data).not.toEqual(tensor.data);
    await model.dispose();
  });

  test('is refused for a text longer than the positions, as many pairs as there are not texts, and blank texts', async () => {
    const at = await bert('bert_model');
    await expect(pageOf(at, ['dogs '.repeat(60)])).rejects.toThrow(
      /inspect: text 0: expected at most \d+ tokens, got 62/,
    );
    await expect(pageOf(at, ['dogs'], ['run', 'run'])).rejects.toThrow(
      'inspect: expected a --text_pair for every --text, got 2 for 1',
    );
    await expect(pageOf(at, ['dogs'], [' '])).rejects.toThrow('inspect --text_pair: expected a text, got a blank one');
  });
});

describe.each(['text-classification', 'token-classification'] as const)('a trained model for %s', (task) => {
  const sample = taskSamples.find((one) => one.task === task);
  if (!sample) throw new Error(`expected a sample of ${task}`);
  let run: SmallRun;
  beforeAll(async () => {
    run = await SmallRun.make(sample);
    const isTagger = task === 'token-classification';
    await run.train(
      'out',
      isTagger
        ? [
            'model={model_type: transformer_encoder, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 32, max_position_embeddings: 64}',
          ]
        : [],
    );
  });
  afterAll(() => run.remove());

  test('shows its self-attention and what it predicts', async () => {
    const page = await pageOf(run.at('out'), [sample.lines[0] ?? '']);
    expect(page).toMatch(/class="output">\S+/);
    expect(page).toMatch(/layer 1 · head 2/);
  });

  test('refuses a pair', async () => {
    await expect(pageOf(run.at('out'), ['a'], ['b'])).rejects.toThrow(
      /the model reads one text, not a pair|--text_pair: not used by a tagger of tokens; remove it/,
    );
  });
});

test('a model that writes reads no pairs', async () => {
  const writer = await writeSmallModel(join(folder, 'writer'));
  await expect(pageOf(writer, ['a'], ['b'])).rejects.toThrow(/a model that writes reads one text, not a pair/);
});

test('a recurrent classifier has no attention to show', async () => {
  const sample = taskSamples.find(({ task }) => task === 'text-classification');
  if (!sample) throw new Error('expected a sample');
  const run = await SmallRun.make(sample);
  await run.train('out', ['model={model_type: recurrent_encoder, hidden_size: 8, num_hidden_layers: 1}']);
  await expect(pageOf(run.at('out'), ['a'])).rejects.toThrow(/the model has no attention to show/);
  await run.remove();
});

test('a question-answering model says which part of the second text answers the first', async () => {
  const at = fileURLToPath(new URL('../../golden/question-answering', import.meta.url));
  const [question, context] = ['who went to paris', 'Ann went to Seoul (by train). Then Lee flew to Rome in May.'];
  const ask = await pipeline('question-answering', at);
  const { answer } = await ask(question, context, { align_to_words: false, max_answer_len: 30 });
  await ask.dispose();
  const page = await pageOf(at, [question], [context]);
  expect(page).toContain(`class="output">${answer}</span>`);
  expect(rowsOf(page)).toContain('seoul class="second"');
  expect(await pageOf(at, [question])).not.toContain('class="output"');
});
