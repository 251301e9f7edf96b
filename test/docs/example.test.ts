/** The examples in the documentation: their types fit, they run, and they print what the page says. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeBackend } from '../../src/runtime/node.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import { trainRecipe } from '../../src/tasks/verbs/train-recipe.ts';
import { writeBertFolder } from './bert-folder.ts';
import { pages, root } from './page.ts';
import { programOf, runBlocks, typedPrograms } from './program.ts';
import { writeStripes } from './stripe-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-docs-'));
const start = process.cwd();

/** A model so small that it knows nothing, where pages speak of a trained one. */
const recipe = `task: translation
data:
  root: ${folder}
  train: { source: train.en, target: train.de }
  validation: { source: train.en, target: train.de }
tokenizer: { vocab_size: 280 }
model:
  model_type: marian
  d_model: 16
  encoder_layers: 1
  decoder_layers: 1
  encoder_attention_heads: 2
  decoder_attention_heads: 2
  encoder_ffn_dim: 32
  decoder_ffn_dim: 32
  max_position_embeddings: 64
train: { max_steps: 2, max_length: 64, warmup_steps: 1 }
generation: { num_beams: 2, max_new_tokens: 8 }
`;

const languageModel = `task: text-generation
data: { root: ${folder}, train: train.en, validation_share: 0 }
tokenizer: { kind: char }
model: { model_type: recurrent_lm, embedding_size: 8, hidden_size: 8 }
train: { max_steps: 2, block_size: 8, warmup_steps: 1 }
`;

const classifier = `task: text-classification
data: { root: ${folder}, train: { file: films.csv, columns: { text: text, label: label } } }
tokenizer: { kind: word }
model: { model_type: recurrent_encoder, embedding_size: 8, hidden_size: 8 }
train: { max_steps: 60, learning_rate: 2e-2, max_length: 16 }
`;

const films = ['good', 'fine', 'lovely'].map((word) => `what a ${word} film,positive`);
const otherFilms = ['bad', 'dull', 'silly'].map((word) => `what a ${word} film,negative`);

const tagger = `task: token-classification
data: { root: ${folder}, train: { file: people.txt, columns: { word: 0, tag: 1 } } }
tokenizer: { kind: word, characters: false }
model: { model_type: recurrent_encoder, embedding_size: 8, hidden_size: 8, crf: true }
train: { max_steps: 60, learning_rate: 2e-2, max_length: 16 }
`;

const maskedModel = `task: fill-mask
data: { root: ${folder}, train: dogs.txt, documents: lines, validation_share: 0 }
tokenizer: { kind: word }
model: { model_type: bert, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32, max_position_embeddings: 16, hidden_dropout_prob: 0 }
train: { max_steps: 150, learning_rate: 1e-2, max_length: 8, mlm_probability: 0.4 }
`;

const dates = `task: feature-extraction
data: { root: ${folder}, train: { file: dates.csv, columns: { text: long, text_pair: short } } }
tokenizer: { kind: word }
model: { model_type: bert, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32, max_position_embeddings: 16, hidden_dropout_prob: 0 }
train: { max_steps: 60, learning_rate: 1e-2, max_length: 16 }
`;

const nli = `task: text-classification
data: { root: ${folder}, train: { file: nli.csv, columns: { text: premise, text_pair: hypothesis, label: label } } }
model: { model_name_or_path: ${folder}/bert-base-uncased }
train: { max_steps: 60, learning_rate: 5e-3, shards: 1 }
`;
const reader = `task: question-answering
data: { root: ${folder}, train: { file: asked.jsonl } }
tokenizer: { kind: word }
model: { model_type: bert, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32, max_position_embeddings: 32, hidden_dropout_prob: 0 }
train: { max_steps: 150, learning_rate: 1e-2, max_length: 32, doc_stride: 8 }
`;

const stripes = `task: image-classification
data: { root: ${folder}, train: { file: train.safetensors }, label_names: [rows, columns] }
model: { model_type: vit, patch_size: 4, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64 }
train: { max_steps: 300, per_device_train_batch_size: 32, learning_rate: 2e-3 }
`;

/** The file of questions that a page makes. */
const asked = ['Ann', 'Bo', 'Kim', 'Lee', 'Park'].flatMap((name) =>
  ['Oslo', 'Rome', 'Seoul', 'Busan'].flatMap((town) =>
    ['baker', 'pilot', 'nurse', 'weaver'].flatMap((work) => {
      const context = `${name} lives in ${town} and works as a ${work} there.`;
      const answers = (text: string) => ({ text: [text], answer_start: [context.indexOf(text)] });
      return [
        { question: `Where does ${name} live?`, context, answers: answers(town) },
        { question: `What is the work of ${name}?`, context, answers: answers(work) },
      ];
    }),
  ),
);

/** Recipes that start from a small BERT: so much of a rate that it learns in a minute what pages say of a real one. */
const fineTuned = {
  reviews: `task: text-classification
data: { root: ${folder}, train: { file: films.csv, columns: { text: text, label: label } } }
model: { model_name_or_path: ${folder}/bert-base-uncased }
train: { max_steps: 60, learning_rate: 5e-3 }
`,
  questions: `task: text-classification
data: { root: ${folder}, train: { file: questions.csv, columns: { text: question, text_pair: passage, label: answers } } }
model: { model_name_or_path: ${folder}/bert-base-uncased }
train: { max_steps: 60, learning_rate: 5e-3 }
`,
  people: `task: token-classification
data: { root: ${folder}, train: { file: people.txt, columns: { word: 0, tag: 1 } } }
model: { model_name_or_path: ${folder}/bert-base-uncased }
train: { max_steps: 60, learning_rate: 5e-3 }
`,
  domain: `task: fill-mask
data: { root: ${folder}, train: sentences.txt, documents: lines, validation_share: 0 }
model: { model_name_or_path: ${folder}/bert-base-uncased }
train: { max_steps: 150, learning_rate: 1e-2, max_length: 16 }
`,
};

const people = ['Kim', 'Lee', 'Park'].flatMap((name) =>
  ['Seoul', 'Busan'].map((city) => `${name} B-PER\nflies O\nto O\n${city} B-LOC\n`),
);

const pairsOfDates = ['long,short', '"the 3rd of May, 1998",1998-05-03', '"the last day of the year 2000",2000-12-31'];

const premises = [
  'premise,hypothesis,label',
  ...['lovely', 'fine'].flatMap((word) => [
    `what a ${word} film,it is good,entailment`,
    `what a ${word} film,it is bad,contradiction`,
  ]),
  ...['dull', 'silly'].flatMap((word) => [
    `what a ${word} film,it is bad,entailment`,
    `what a ${word} film,it is good,contradiction`,
  ]),
];

const questions = [
  'question,passage,answers',
  'where is it,it is in Seoul,yes',
  'where is it,it is fine,no',
  'what is it,it is a film,yes',
  'what is it,it sleeps,no',
];

beforeAll(async () => {
  writeFileSync(join(folder, 'train.en'), 'a dog runs\ntwo dogs run\n');
  writeFileSync(join(folder, 'train.de'), 'ein hund rennt\nzwei hunde rennen\n');
  writeFileSync(join(folder, 'recipe.yaml'), recipe);
  await trainRecipe(parseRecipe(recipe, 'recipe.yaml'), { out: join(folder, 'run'), backend: nodeBackend() });
  writeFileSync(join(folder, 'dogs.txt'), 'a dog runs\ntwo dogs run\n'.repeat(20));
  writeFileSync(join(folder, 'films.csv'), ['text,label', ...films, ...otherFilms].join('\n'));
  writeFileSync(join(folder, 'people.txt'), people.join('\n'));
  writeFileSync(join(folder, 'questions.csv'), questions.join('\n'));
  writeFileSync(join(folder, 'dates.csv'), pairsOfDates.join('\n'));
  writeFileSync(join(folder, 'nli.csv'), premises.join('\n'));
  writeFileSync(join(folder, 'asked.jsonl'), asked.map((row) => JSON.stringify(row)).join('\n'));
  writeFileSync(join(folder, 'sentences.txt'), 'the dog barks.\nthe cat sleeps.\n'.repeat(20));
  writeStripes(folder);
  await writeBertFolder(join(folder, 'bert-base-uncased'));
  const all = {
    'language-model': languageModel,
    'masked-model': maskedModel,
    classifier,
    tagger,
    dates,
    nli,
    towns: reader,
    stripes,
    ...fineTuned,
  };
  for (const [name, text] of Object.entries(all)) {
    await trainRecipe(parseRecipe(text, `${name}.yaml`), { out: join(folder, name), backend: nodeBackend() });
  }
  process.chdir(folder);
}, 300_000);

afterAll(() => {
  process.chdir(start);
  rmSync(folder, { recursive: true });
});

const programs = pages.filter((page) => runBlocks(page).length > 0);
const fileOf = (path: string): string => join(folder, `${path.replaceAll('/', '-')}.ts`);

describe.each(programs)('$path', (page) => {
  test('prints what it says it prints', async () => {
    writeFileSync(fileOf(page.path), programOf(page));
    const { printed }: { printed: string[][] } = await import(fileOf(page.path));
    const shown = page.blocks.flatMap((block, i) =>
      block.language === 'text' && block.followsBlock && page.blocks[i - 1].language === 'ts'
        ? [{ at: runBlocks(page).indexOf(page.blocks[i - 1]), text: block.text, line: block.line }]
        : [],
    );
    const actual = shown.map(({ at, line }) => ({ line, text: `${printed[at]?.join('\n')}\n` }));
    expect(actual).toEqual(shown.map(({ line, text }) => ({ line, text })));
    expect(runBlocks(page).every((_, i) => printed[i].length === 0 || shown.some(({ at }) => at === i))).toBe(true);
  });
});

test('pages have examples, some of them with what they print', () => {
  expect(programs.map(({ path }) => path)).toContain('README.md');
  expect(pages.flatMap(({ blocks }) => blocks).filter(({ language }) => language === 'text').length).toBeGreaterThan(4);
});

/** As a program that installed the package: its built types, found through the exports of package.json. */
test('the types of every example fit', () => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/heddle'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const files = pages.flatMap((page) =>
    typedPrograms(page).map((text, i) => {
      const file = fileOf(`${page.path}-${i}`);
      writeFileSync(file, text);
      return file;
    }),
  );
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  });
  const messages = ts.getPreEmitDiagnostics(program).map(({ file, start: at, messageText }) => {
    const line = file && at !== undefined ? file.getLineAndCharacterOfPosition(at).line + 1 : 0;
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(messages).toEqual([]);
}, 180_000);
