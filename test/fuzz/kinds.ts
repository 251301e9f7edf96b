/** Everything that is read from outside, a row each. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';
import { readLabelledText, readMultiLabelledText } from '../../src/data/read/labelled.ts';
import { readParallel } from '../../src/data/read/parallel.ts';
import { readText } from '../../src/data/read/plain-text.ts';
import { readQuestions } from '../../src/data/read/question.ts';
import { readTagged } from '../../src/data/read/tagged.ts';
import { readWordVectors } from '../../src/data/read/word-vectors.ts';
import { readGenerationConfig } from '../../src/decode/settings/generation-config.ts';
import { check } from '../../src/io/check.ts';
import { parseJson } from '../../src/io/json.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel, openModel } from '../../src/models/folder/load.ts';
import { loadNotes } from '../../src/models/folder/load-report.ts';
import { readSentenceFolder, sentenceFiles } from '../../src/tasks/feature-extraction/sentence-folder.ts';
import { folderTask } from '../../src/tasks/folder/folder-task.ts';
import { readHeddleFile } from '../../src/tasks/folder/heddle-file.ts';
import { loadTokenizers } from '../../src/tasks/folder/tokenizer-folder.ts';
import { completedRecipe } from '../../src/tasks/recipe/change.ts';
import { loadRecipe } from '../../src/tasks/recipe/file.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import { resumedRun } from '../../src/tasks/verbs/run-resume.ts';
import { Vocabulary } from '../../src/text/words/vocabulary.ts';
import { Checkpoints } from '../../src/train/run/checkpoint.ts';
import { RunFolder } from '../../src/train/run/run-folder.ts';
import { loadCheckpoint } from '../../src/weights/checkpoint.ts';
import { matchNames } from '../../src/weights/name-match.ts';
import { parseSafetensors, safetensorsPieces } from '../../src/weights/safetensors.ts';
import { float32Data, int32Data } from '../../src/weights/tensor.ts';
import { askedRows, squadOf } from '../tasks/question-sample.ts';
import { taskSamples } from '../tasks/task-sample.ts';
import { imageKinds } from './image-kind.ts';
import { type Files, filesOf, type Kind, memoryFolder, type Seed } from './kind.ts';
import {
  checkpointSeeds,
  configs,
  everyType,
  joined,
  modelFiles,
  nameFiles,
  shardedFiles,
  small,
  taskConfigs,
  tensors,
} from './model-seed.ts';
import { tokenizerFolders } from './tokenizer-file-seed.ts';
import { encodeEveryWay, texts, tokenizers } from './tokenizer-seed.ts';

/** The text of the one file of a kind. */
const textOf = (files: Files, name: string): string => Buffer.from(files.get(name) ?? []).toString();

const one = (name: string, contents: readonly (string | Uint8Array)[]): Seed[] =>
  contents.map((content) => ({ files: filesOf({ [name]: content }) }));

const tables: Readonly<Record<string, string>> = {
  'a.csv': 'text,label\n"the film, was ""good""",good\nbad film,bad\n"two\nlines",good\n',
  'b.tsv': 'the film was good\tgood\nbad film\tbad\n한 남자가 잔다\tgood\n',
  'c.jsonl': '{"text":"good film","label":"good"}\n{"text":["two","parts"],"label":"bad"}\n{"text":"x","label":"b"}\n',
  'd.jsonl': '{"text":"good film","label":["good"]}\n{"text":["two","parts"],"label":["a","b"]}\n',
};
const tableColumns = { text: 0, label: 1 };

const conll =
  '-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\nGerman JJ B-NP B-MISC\n\n서울에서 NNG B-NP B-LOC\n. . O O\n';
const conllu = `# sent_id = 1
# text = They buy books.
1\tThey\tthey\tPRON\tPRP\tCase=Nom|Number=Plur\t2\tnsubj\t2:nsubj\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tbuy\tbuy\tVERB\tVBP\tNumber=Plur\t0\troot\t0:root\t_
2.1\tx\tx\tVERB\t_\t_\t_\t_\t_\t_
3\tbooks\tbook\tNOUN\tNNS\tNumber=Plur\t2\tobj\t2:obj\tSpaceAfter=No

1\t.\t.\tPUNCT\t.\t_\t0\troot\t_\t_

`;
const vectors = '3 4\nthe 0.1 -0.2 3e-5 4\nfilm 1 2 3 4\n한국 0 0 0 0\n';

async function recipes(): Promise<string[]> {
  const folder = join(process.cwd(), 'recipes');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  const shipped = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return [...shipped, ...taskSamples.map(({ recipe }) => recipe)];
}

const readEvery = (found: ReadonlyMap<string, Parameters<typeof float32Data>[0]>): void => {
  for (const [name, tensor] of found) {
    if (tensor.dtype.startsWith('F') || tensor.dtype === 'BF16') float32Data(tensor, name);
    else if (tensor.dtype === 'I32') int32Data(tensor, name);
    else void tensor.data;
  }
};

const zipped = (seeds: readonly Seed[]): Seed[] =>
  seeds.map(({ files }) => ({
    files: new Map([...files].map(([name, bytes]) => [`${name}.gz`, Uint8Array.from(gzipSync(bytes))])),
  }));

const firstName = (files: Files): string => String([...files.keys()][0]);
const tableSeeds = Object.entries(tables).flatMap(([name, text]) => one(name, [text]));

/** Encodes and decodes with the tokenizers of a folder. */
async function readTokenizers(files: Files): Promise<void> {
  const { source, target } = await loadTokenizers(memoryFolder(files));
  for (const tokenizer of new Set([source, target])) {
    for (const text of texts) {
      const ids = tokenizer.encode(text);
      encodeEveryWay(tokenizer, text);
      tokenizer.decode(ids);
      tokenizer.decode(ids, { skip_special_tokens: true });
      tokenizer.tokenTexts(ids);
      encodeEveryWay(tokenizer, text);
    }
  }
}

const asked = askedRows(3, 1);
const askedLines = asked.map((row) => JSON.stringify(row)).join('\n');
const questionSeeds = Object.entries({
  'a.json': squadOf(asked),
  'b.jsonl': askedLines,
  'c.csv': 'question,context,answers\nWho?,Bo did.,"{""text"": [""Bo""], ""answer_start"": [0]}"\n',
}).flatMap(([name, text]) => one(name, [text]));

const pairSeeds = tableSeeds.slice(0, 3);

const tensorForms = z.record(z.string(), z.strictObject({ dtype: z.string(), shape: z.array(z.int().min(0)) }));

export const kinds: readonly Kind[] = [
  {
    name: 'recipe',
    syntax: 'yaml',
    isOnDisk: true,
    seeds: async () => one('recipe.yaml', await recipes()),
    read: (_, path) => loadRecipe(join(path, 'recipe.yaml')),
  },
  {
    name: 'recipe-setting',
    seeds: () =>
      one('setting', [
        'train.max_steps=6',
        'model.dropout=0.5',
        'data.train={ file: a.tsv }',
        'generation.num_beams=2',
        'train.seed=null',
      ]),
    read: (files) => parseRecipe(String(taskSamples[0]?.recipe), 'recipe.yaml', textOf(files, 'setting').split('\n')),
  },
  ...imageKinds,
  {
    name: 'labelled-table',
    isOnDisk: true,
    seeds: () => [...tableSeeds, ...zipped(tableSeeds)],
    read: async (files, path) => {
      const file = firstName(files);
      const columns = file.startsWith('c') || file.startsWith('d') ? { text: 'text', label: 'label' } : tableColumns;
      if (file.startsWith('d')) await readMultiLabelledText(path, { file, columns });
      else await readLabelledText(path, { file, columns });
    },
  },
  {
    name: 'questions',
    isOnDisk: true,
    seeds: () => [...questionSeeds, ...zipped(questionSeeds)],
    read: (files, path) => readQuestions(path, { file: firstName(files) }, { version_2_with_negative: true }),
  },
  {
    name: 'parallel-table',
    isOnDisk: true,
    seeds: () => [...pairSeeds, ...zipped(pairSeeds)],
    read: (files, path) => {
      const file = firstName(files);
      const isNamed = file.startsWith('c');
      return readParallel(path, {
        file,
        columns: isNamed ? { source: 'text', target: 'label' } : { source: 0, target: 1 },
      });
    },
  },
  {
    name: 'parallel-lines',
    isOnDisk: true,
    seeds: () => [{ files: filesOf({ 'a.en': 'one\ntwo\n\nthree\n', 'a.de': 'eins\nzwei\n\ndrei\n' }) }],
    read: (_, path) => readParallel(path, { source: 'a.en', target: 'a.de' }),
  },
  {
    name: 'plain-text',
    isOnDisk: true,
    seeds: () => {
      const seeds = one('a.txt', ['To be, or not to be\n\nthat is the question\n', 'ROMEO:\r\n한\r\n']);
      return [...seeds, ...zipped(seeds)];
    },
    read: (files, path) => readText(path, firstName(files)),
  },
  {
    name: 'conll',
    isOnDisk: true,
    seeds: () => [...one('a.conll', [conll]), ...zipped(one('a.conll', [conll]))],
    read: (files, path) => readTagged(path, { file: firstName(files), columns: { word: 0, tag: 3 } }),
  },
  {
    name: 'conllu',
    isOnDisk: true,
    seeds: () => [...one('a.conllu', [conllu]), ...zipped(one('a.conllu', [conllu]))],
    read: (files, path) => readTagged(path, { file: firstName(files), columns: { tag: 'upos' } }),
  },
  {
    name: 'word-vectors',
    isOnDisk: true,
    seeds: () => {
      const seeds = one('a.vec', [vectors, vectors.slice(4)]);
      return [...seeds, ...zipped(seeds)];
    },
    read: (files, path) => readWordVectors(join(path, firstName(files)), ['the', 'film', '한국', '__proto__']),
  },
  {
    name: 'tokenizer',
    seeds: tokenizers,
    read: readTokenizers,
  },
  ...['spm', 'vocab.txt', 'merges'].map((kind) => ({
    name: `tokenizer-${kind}`,
    seeds: () => tokenizerFolders(kind),
    read: readTokenizers,
  })),
  {
    name: 'vocabulary',
    seeds: () =>
      one('words.json', [
        JSON.stringify({
          pad_token: '<pad>',
          unk_token: '<unk>',
          lowercase: true,
          names: ['<pad>', '<unk>', 'the', '한'],
        }),
      ]),
    read: (files) => {
      const vocabulary = Vocabulary.fromJSON(parseJson(textOf(files, 'words.json'), 'words.json'), 'words.json');
      JSON.stringify(vocabulary);
    },
  },
  {
    name: 'safetensors',
    seeds: () => one('model.safetensors', [joined(safetensorsPieces(tensors)), ...everyType]),
    read: (files) =>
      readEvery(parseSafetensors(files.get('model.safetensors') ?? new Uint8Array(0), 'model.safetensors').tensors),
  },
  {
    name: 'shards',
    seeds: () => [
      {
        files: filesOf({
          'model.safetensors.index.json': JSON.stringify({
            metadata: { total_size: 40 },
            weight_map: {
              weight: 'a.safetensors',
              bias: 'a.safetensors',
              scalar: 'a.safetensors',
              none: 'a.safetensors',
            },
          }),
          'a.safetensors': joined(safetensorsPieces(tensors)),
        }),
      },
    ],
    read: async (files) => readEvery((await loadCheckpoint(memoryFolder(files))).tensors),
  },
  {
    name: 'shard-index',
    seeds: () => [
      { files: filesOf(shardedFiles()), changed: ['model.safetensors.index.json'] },
      { files: filesOf(shardedFiles()) },
    ],
    read: async (files) => {
      await loadModel(memoryFolder(files));
    },
  },
  {
    name: 'weight-names',
    seeds: () => configs.map((config) => ({ files: filesOf(nameFiles(config)) })),
    read: async (files) => {
      const setup = checkConfig(parseJson(textOf(files, 'config.json'), 'config.json'), 'config.json');
      const tensors = check(tensorForms, parseJson(textOf(files, 'names.json'), 'names.json'), 'names.json');
      const shapes = new Map([...modelParameters(setup)].map(([name, { shape }]) => [name, shape]));
      const checkpoint = { name: 'm', tensors: new Map(Object.entries(tensors)) };
      matchNames(shapes, checkpoint, {
        ...setup.checkpoint,
        what: setup.architecture,
        allowsNewHead: Object.keys(tensors).length % 2 === 0,
        resize: { from: 11, to: 12 },
      });
    },
  },
  {
    name: 'start',
    seeds: () => configs.map((config) => ({ files: filesOf(modelFiles(config)) })),
    read: async (files) => {
      const readsWords = textOf(files, 'config.json').includes('"vocab_size"');
      const fields = readsWords ? { vocab_size: 24 } : { hidden_dropout_prob: 0.5 };
      const model = await openModel(memoryFolder(files), { fields, allowsNewHead: true });
      loadNotes(model.report, model.unknownFields);
      for (const name of model.weights.names) {
        if (model.weights.origin(name) === 'file') await model.weights.read(name);
      }
      await model.close();
    },
  },
  {
    name: 'sentence-folder',
    seeds: () => [
      { files: filesOf(sentenceFiles({ pooling: 'mean', normalize: true, maxTokens: 32 }, 8)) },
      {
        files: filesOf({
          'modules.json': JSON.stringify([
            { idx: 0, path: '', type: 'sentence_transformers.base.modules.transformer.Transformer' },
            { idx: 1, path: '1_Pooling', type: 'sentence_transformers.sentence_transformer.modules.pooling.Pooling' },
          ]),
          '1_Pooling/config.json': JSON.stringify({
            embedding_dimension: 8,
            pooling_mode: 'cls',
            include_prompt: true,
          }),
          'config_sentence_transformers.json': JSON.stringify({ default_prompt_name: 'q', prompts: { q: '' } }),
        }),
      },
    ],
    read: async (files) => {
      await readSentenceFolder(memoryFolder(files), 8);
    },
  },
  {
    name: 'model',
    seeds: () => taskConfigs.map((config) => ({ files: filesOf(modelFiles(config)) })),
    read: async (files) => {
      const folder = memoryFolder(files);
      const { generationConfig } = await loadModel(folder);
      readGenerationConfig(generationConfig, 'generation_config.json');
      await folderTask(folder);
    },
  },
  {
    name: 'config',
    seeds: () => configs.map((config) => ({ files: filesOf(modelFiles(config)), changed: ['config.json'] })),
    read: (files) => {
      const json = check(z.record(z.string(), z.unknown()), parseJson(textOf(files, 'config.json'), 'config.json'), '');
      modelParameters(checkConfig(json, 'config.json'));
    },
  },
  {
    name: 'heddle-file',
    seeds: async () => (await checkpointSeeds()).map(({ files }) => ({ files, changed: ['heddle.json'] })),
    read: async (files) => {
      const folder = memoryFolder(files);
      const found = await readHeddleFile(folder);
      if (found?.recipe) completedRecipe(found.recipe);
      await folderTask(folder);
    },
  },
  {
    name: 'run-folder',
    isOnDisk: true,
    seeds: checkpointSeeds,
    read: async (_, path) => {
      const setup = checkConfig(small, 'config');
      const folder = new RunFolder(path);
      await folder.check({ resume: true });
      const names = setup.checkpoint;
      const options = {
        save_steps: 3,
        save_total_limit: 2,
        average_last: 0,
        parameters: modelParameters(setup),
        names,
      };
      const checkpoints = new Checkpoints(folder, options);
      const saved = await checkpoints.newest();
      if (saved) await checkpoints.finalWeights(saved.state);
      const recipe = parseRecipe(String(taskSamples.at(-1)?.recipe), 'recipe.yaml');
      await resumedRun(folder, recipe, () => undefined);
    },
  },
];
