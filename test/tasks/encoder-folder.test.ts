/** Encoders as Hugging Face's folders hold them, each with a tokenizer of its own kind, learn every task that they can do. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Content } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { pipeline } from '../../src/tasks/index.ts';
import { SmallRun } from './small-run.ts';
import { tinyWeights } from './tiny-bert.ts';

const golden = (path: string) => readFile(fileURLToPath(new URL(`../golden/tokenizers/${path}`, import.meta.url)));

const sizes = { num_hidden_layers: 2, hidden_size: 32, num_attention_heads: 4, intermediate_size: 48 };
const undropped = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 };
const roberta = { model_type: 'roberta', ...sizes, ...undropped, max_position_embeddings: 42, type_vocab_size: 1 };

const words = ['The', 'loom', 'quick', 'dogs', 'small', 'museum', 'sold', 'tickets', 'from', '베틀', '한'];
const wordPieces = [...words, ...words.map((word) => `${word}s`), '.'];
const lines = (...tokens: string[]): string => tokens.map((token) => `${token}\n`).join('');

/** A folder: the fields of its `config.json`, the files of its tokenizer, its mask token. */
interface Kind {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tokenizer: () => Promise<Readonly<Record<string, Content>>>;
  readonly mask: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  'RoBERTa with byte-level pairs': {
    config: { ...roberta, vocab_size: 461 },
    tokenizer: async () => ({
      'vocab.json': await golden('roberta/vocab.json'),
      'merges.txt': await golden('roberta/merges.txt'),
      'tokenizer_config.json': await golden('roberta/tokenizer_config.json'),
    }),
    mask: '<mask>',
  },
  'RoBERTa with WordPiece and one token type': {
    config: { ...roberta, vocab_size: 5 + wordPieces.length, tokenizer_class: 'BertTokenizer' },
    tokenizer: async () => ({
      'vocab.txt': lines('[CLS]', '[PAD]', '[SEP]', '[UNK]', '[MASK]', ...wordPieces).normalize('NFC'),
      'tokenizer_config.json': JSON.stringify({
        ...{ tokenizer_class: 'BertTokenizer', do_lower_case: false },
        ...{ bos_token: '[CLS]', eos_token: '[SEP]' },
      }),
    }),
    mask: '[MASK]',
  },
  'XLM-RoBERTa with SentencePiece': {
    config: { ...roberta, model_type: 'xlm-roberta', vocab_size: 229 },
    tokenizer: async () => ({
      'sentencepiece.bpe.model': await golden('convert/xlm_roberta/sentencepiece.bpe.model'),
      'tokenizer_config.json': await golden('convert/xlm_roberta/tokenizer_config.json'),
    }),
    mask: '<mask>',
  },
  'DistilBERT with WordPiece': {
    config: {
      ...{ model_type: 'distilbert', vocab_size: 5 + wordPieces.length, max_position_embeddings: 40 },
      ...{ dim: 32, n_layers: 2, n_heads: 4, hidden_dim: 48, dropout: 0, attention_dropout: 0, seq_classif_dropout: 0 },
    },
    tokenizer: async () => ({
      'vocab.txt': lines('[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...wordPieces),
      'tokenizer_config.json': JSON.stringify({ do_lower_case: false, model_max_length: 40 }),
    }),
    mask: '[MASK]',
  },
  'BERT with SentencePiece only': {
    config: { model_type: 'bert', ...sizes, ...undropped, max_position_embeddings: 40, vocab_size: 220 },
    tokenizer: async () => ({
      'spiece.model': await golden('convert/albert_cased/spiece.model'),
      'tokenizer_config.json': await golden('convert/albert_cased/tokenizer_config.json'),
    }),
    mask: '[MASK]',
  },
};

/** Sentences whose noun decides their class, and has a tag. */
const sentences = ['loom', 'museum', 'dogs'].flatMap((noun) =>
  ['The', 'small', 'quick'].flatMap((first) =>
    ['sold', 'from', '한'].map((last) => ({ words: [first, noun, last, 'tickets'], noun })),
  ),
);
const rows = Array.from({ length: 4 }, () => sentences).flat();
const text = (words: readonly string[]) => words.join(' ');
const files = {
  'classes.tsv': lines(...rows.map(({ words, noun }) => `${text(words)}\t${noun}`)),
  'tags.tsv': lines(
    ...rows.flatMap(({ words, noun }) => [...words.map((word) => `${word}\t${word === noun ? 'B-NOUN' : 'O'}`), '']),
  ),
  'pairs.tsv': lines(
    'text\ttext_pair\tlabel',
    ...rows.flatMap(({ words, noun }, at) => {
      const [same, other] = [`The ${noun}`, `The ${noun === 'dogs' ? 'loom' : 'dogs'}`];
      return [`${text(words)}\t${at % 2 ? same : other}\t${at % 2 ? 'same' : 'other'}`];
    }),
  ),
  'running.txt': lines(...rows.map(({ words, noun }) => `${text(words)} from ${noun}`)),
};

const settings =
  'train: { max_steps: 90, max_length: 24, learning_rate: 3e-3, logging_steps: 90, save_steps: 90, lr_scheduler_type: constant, warmup_steps: 0';

const recipes = {
  'text-classification': `task: text-classification
data: { train: { file: classes.tsv }, test: { file: classes.tsv } }
model: { model_name_or_path: base }
${settings}, per_device_train_batch_size: 12 }
`,
  'token-classification': `task: token-classification
data: { train: { file: tags.tsv }, test: { file: tags.tsv } }
model: { model_name_or_path: base }
${settings}, per_device_train_batch_size: 12 }
`,
  'fill-mask': `task: fill-mask
data: { train: running.txt, validation_share: 0, test: running.txt, documents: lines }
model: { model_name_or_path: base }
${settings}, max_tokens_per_batch: 400 }
`,
} as const;

const runOf = (task: keyof typeof recipes): Promise<SmallRun> => SmallRun.make({ recipe: recipes[task], files });

describe.each(Object.entries(kinds))('%s', (_, { config, tokenizer, mask }) => {
  const runs: SmallRun[] = [];
  let base = '';

  beforeAll(async () => {
    const folder = await runOf('text-classification');
    runs.push(folder);
    base = folder.at('base');
    const setup = checkConfig({ ...config, architectures: undefined }, 'config.json');
    const all = [...saveModelFiles(setup, tinyWeights(setup)), ...Object.entries(await tokenizer())];
    for (const [name, content] of all) {
      const parts = typeof content === 'string' || content instanceof Uint8Array ? content : Buffer.concat(content);
      await folder.write(`base/${name}`, parts);
    }
  });
  afterAll(async () => {
    for (const run of runs) await run.remove();
  });

  /** Trains from the folder; gives the path of what comes out and its scores on the test set. */
  async function trained(task: keyof typeof recipes, ...more: string[]) {
    const run = await runOf(task);
    runs.push(run);
    await run.train('model', [`model.model_name_or_path=${base}`, ...more]);
    return { path: run.at('model'), scores: await run.json('model/eval_results.json') };
  }

  test('learns classes of texts', async () => {
    const { path, scores } = await trained('text-classification');
    expect(scores.test_accuracy).toBe(1);
    const classify = await pipeline('text-classification', path);
    expect((await classify('quick museum from tickets'))[0]?.label).toBe('museum');
    await classify.dispose();
  });

  test('learns classes of pairs of texts', async () => {
    const columns = 'data.train={ file: pairs.tsv, columns: { text: text, text_pair: text_pair, label: label } }';
    const pairs = [columns, 'data.test=null', 'train.max_steps=2', 'train.save_steps=2'];
    const { path } = await trained('text-classification', ...pairs);
    const classify = await pipeline('text-classification', path);
    const [found] = await classify({ text: 'The loom sold tickets', text_pair: 'The loom' });
    expect(['same', 'other']).toContain(found?.label);
    await classify.dispose();
  });

  test('learns tags of words', async () => {
    const { path, scores } = await trained('token-classification');
    expect(scores.test_f1).toBe(1);
    const tag = await pipeline('token-classification', path);
    const [found, ...others] = await tag('small dogs sold tickets', { aggregation_strategy: 'simple' });
    expect(found).toMatchObject({ entity_group: 'NOUN', word: 'dogs', start: 6, end: 10 });
    expect(others).toEqual([]);
    await tag.dispose();
  });

  test('learns hidden words', async () => {
    const { path, scores } = await trained('fill-mask');
    expect(scores.test_accuracy).toBeGreaterThan(0.5);
    const fill = await pipeline('fill-mask', path);
    expect(fill.mask_token).toBe(mask);
    const found = (await fill(`The ${mask} sold tickets from loom`, { top_k: 1 })).flat();
    expect(found[0]?.sequence.toLowerCase()).toMatch(/^the.* sold tickets from loom$/);
    await fill.dispose();
  });
});
