/** Everything that is read from outside, a row each. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { readLabelledText, readMultiLabelledText } from '../../src/data/read/labelled.ts';
import { readParallel } from '../../src/data/read/parallel.ts';
import { readText } from '../../src/data/read/plain-text.ts';
import { readTagged } from '../../src/data/read/tagged.ts';
import { readWordVectors } from '../../src/data/read/word-vectors.ts';
import { readGenerationConfig } from '../../src/decode/settings/generation-config.ts';
import { check } from '../../src/io/check.ts';
import { parseJson } from '../../src/io/json.ts';
import { checkConfig, modelParameters } from '../../src/models/family.ts';
import { checkModelConfig } from '../../src/models/head.ts';
import { loadModel } from '../../src/models/load.ts';
import { saveModelFiles } from '../../src/models/save.ts';
import { folderTask } from '../../src/tasks/folder/folder-task.ts';
import { readHeddleFile } from '../../src/tasks/folder/heddle-file.ts';
import { tokenizerFiles } from '../../src/tasks/folder/tokenizer-file.ts';
import { loadTokenizers } from '../../src/tasks/folder/tokenizer-folder.ts';
import { completedRecipe } from '../../src/tasks/recipe/change.ts';
import { loadRecipe } from '../../src/tasks/recipe/file.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import { resumedRun } from '../../src/tasks/verbs/run-resume.ts';
import { trainBpe } from '../../src/text/bpe-train.ts';
import { trainUnits } from '../../src/text/unit-train.ts';
import { Vocabulary } from '../../src/text/word-vocabulary.ts';
import { Checkpoints } from '../../src/train/run/checkpoint.ts';
import { RunFolder } from '../../src/train/run/run-folder.ts';
import { freshState } from '../../src/train/run/trainer-state.ts';
import { loadCheckpoint } from '../../src/weights/checkpoint.ts';
import { parseSafetensors, safetensorsPieces } from '../../src/weights/safetensors.ts';
import { dtypes, float32Data, float32Tensor, formatOf, int32Data } from '../../src/weights/tensor.ts';
import { taskSamples } from '../tasks/task-sample.ts';
import { bytesOf, type Files, filesOf, type Kind, memoryFolder, type Seed } from './kind.ts';

const joined = (pieces: string | readonly Uint8Array[]): Uint8Array =>
  typeof pieces === 'string' ? bytesOf(pieces) : Uint8Array.from(Buffer.concat(pieces));

/** The text of the one file of a kind. */
const textOf = (files: Files, name: string): string => Buffer.from(files.get(name) ?? []).toString();

const one = (name: string, contents: readonly (string | Uint8Array)[]): Seed[] =>
  contents.map((content) => ({ files: filesOf({ [name]: content }) }));

/** Small models of every family. */
const recurrent = { vocab_size: 11, embedding_size: 5, hidden_size: 6, num_hidden_layers: 2, pad_token_id: 10 };
const transformer = {
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 6,
  pad_token_id: 10,
};
const labels = { num_labels: 2, id2label: { 0: 'bad', 1: 'good' }, label2id: { bad: 0, good: 1 } };
const configs: readonly Readonly<Record<string, unknown>>[] = [
  {
    model_type: 'marian',
    vocab_size: 20,
    d_model: 8,
    encoder_layers: 1,
    decoder_layers: 1,
    encoder_attention_heads: 2,
    decoder_attention_heads: 2,
    encoder_ffn_dim: 8,
    decoder_ffn_dim: 8,
    max_position_embeddings: 16,
    pad_token_id: 19,
    decoder_start_token_id: 19,
    eos_token_id: 0,
  },
  {
    model_type: 'recurrent_encoder',
    ...recurrent,
    ...labels,
    architectures: ['HeddleRecurrentEncoderForTokenClassification'],
  },
  { model_type: 'recurrent_lm', ...recurrent },
  { model_type: 'recurrent_seq2seq', ...recurrent, decoder_start_token_id: 10 },
  {
    model_type: 'transformer_encoder',
    ...transformer,
    ...labels,
    architectures: ['HeddleTransformerEncoderForSequenceClassification'],
  },
  { model_type: 'transformer_lm', ...transformer },
  { model_type: 'transformer_seq2seq', ...transformer, decoder_start_token_id: 10 },
];

/** The files of a model with weights that are all the same. */
function modelFiles(config: Readonly<Record<string, unknown>>): Record<string, Uint8Array> {
  const setup = checkModelConfig(config, 'config');
  const numbers = new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => [
      name,
      new Float32Array(shape.reduce((n, size) => n * size, 1)).fill(0.25),
    ]),
  );
  return Object.fromEntries([...saveModelFiles(setup, numbers)].map(([name, content]) => [name, joined(content)]));
}

/** A training of the smallest model that has a checkpoint. */
const small = configs[2] ?? {};
const tensors = new Map([
  ['weight', float32Tensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
  ['bias', float32Tensor([3], Float32Array.of(0, -1, 1e30))],
  ['scalar', float32Tensor([], Float32Array.of(1))],
  ['none', float32Tensor([0, 4], new Float32Array(0))],
]);
const everyType: Uint8Array[] = dtypes.map((dtype) => {
  const size = 4 * formatOf(dtype).bytes;
  const header = bytesOf(JSON.stringify({ t: { dtype, shape: [4], data_offsets: [0, size] } }));
  const head = new Uint8Array(8);
  head[0] = header.length;
  return Uint8Array.from(Buffer.concat([head, header, new Uint8Array(size)]));
});

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

const texts = ['the 3rd of May', '한 남자가 잔다 </s> <unk>', 'aaaa'.repeat(50), '\ud800 \u0000', ''];
const base = {
  version: '1.0',
  added_tokens: [{ id: 0, content: '<unk>', special: true }],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
};

/** Tokenizers: those trained here, and the parts that published ones have. */
function tokenizers(): Seed[] {
  const corpus = ['the 3rd of May, 1998', '한 남자가 잔다', 'the the the'];
  const trained = [
    trainBpe(corpus, { vocab_size: 40 }),
    trainBpe(corpus, { vocab_size: 280, byte_level: true }),
    trainUnits(corpus, { kind: 'word', vocab_size: 12 }),
    trainUnits(corpus, { kind: 'char', vocab_size: 30 }),
  ].map((one) => filesOf(tokenizerFiles({ source: one, target: one })));
  const config = JSON.stringify({ unk_token: '<unk>', additional_special_tokens: ['<unk>'], remove_space: true });
  const published: readonly object[] = [
    {
      ...base,
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '<unk>',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: { '<unk>': 0, '[CLS]': 1, '[SEP]': 2, t: 3, '##h': 4, '##e': 5, the: 6 },
      },
    },
    {
      ...base,
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Precompiled', precompiled_charsmap: '' },
          { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
          { type: 'Strip', strip_left: true, strip_right: true },
          { type: 'StripAccents' },
          { type: 'Prepend', prepend: '▁' },
        ],
      },
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<unk>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
        special_tokens: {},
      },
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: {
        type: 'Unigram',
        unk_id: 0,
        byte_fallback: false,
        vocab: [
          ['<unk>', 0],
          ['▁', -2],
          ['t', -3],
          ['the', -2.5],
          ['▁the', -1],
          ['한', -9],
        ],
      },
    },
    {
      ...base,
      normalizer: { type: 'NFKC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          {
            type: 'Split',
            pattern: {
              Regex:
                "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            },
            behavior: 'Isolated',
            invert: false,
          },
          { type: 'Digits', individual_digits: true },
          { type: 'Punctuation' },
          { type: 'WhitespaceSplit' },
          { type: 'FixedLength', length: 5 },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
        ],
      },
      post_processor: {
        type: 'Sequence',
        processors: [
          { type: 'ByteLevel', trim_offsets: false },
          { type: 'RobertaProcessing', sep: ['</s>', 1], cls: ['<s>', 2] },
        ],
      },
      decoder: { type: 'BPEDecoder', suffix: '</w>' },
      model: {
        type: 'BPE',
        unk_token: '<unk>',
        byte_fallback: true,
        fuse_unk: true,
        end_of_word_suffix: '</w>',
        ignore_merges: true,
        vocab: { '<unk>': 0, '</s>': 1, '<s>': 2, t: 3, h: 4, th: 5, e: 6, the: 7, '<0x61>': 8 },
        merges: ['t h', 'th e'],
      },
    },
  ];
  return [
    ...trained,
    ...published.map((json) => filesOf({ 'tokenizer.json': JSON.stringify(json), 'tokenizer_config.json': config })),
  ].map((files) => ({ files }));
}

async function recipes(): Promise<string[]> {
  const folder = join(process.cwd(), 'recipes');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  const shipped = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return [...shipped, ...taskSamples.map(({ recipe }) => recipe)];
}

async function checkpointSeeds(): Promise<Seed[]> {
  const { 'model.safetensors': weights = new Uint8Array(0) } = modelFiles(small);
  const state = {
    ...freshState(),
    global_step: 3,
    max_steps: 6,
    log_history: [{ loss: 1, step: 3, time: 'x', none: null }],
  };
  const recipe = parseRecipe(String(taskSamples.at(-1)?.recipe), 'recipe.yaml');
  const folder = 'checkpoint-3/';
  const files = {
    'heddle.json': JSON.stringify({ task: recipe.task, recipe, metrics: { eval_loss: 1 }, data: { train: 3 } }),
    'trainer_state.json': JSON.stringify(state),
    'model.safetensors': weights,
    'metrics.jsonl': '{"loss":1,"step":3}\n',
    [`${folder}trainer_state.json`]: JSON.stringify(state),
    [`${folder}model.safetensors`]: weights,
    [`${folder}optimizer.safetensors`]: joined(safetensorsPieces(tensors)),
  };
  return [{ files: filesOf(files) }];
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

const [firstName] = [(files: Files): string => String([...files.keys()][0])];
const tableSeeds = Object.entries(tables).flatMap(([name, text]) => one(name, [text]));

const pairSeeds = tableSeeds.slice(0, 3);

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
    read: async (files) => {
      const { source } = await loadTokenizers(memoryFolder(files));
      for (const text of texts) {
        const ids = source.encode(text);
        source.decode(ids);
        source.decode(ids, { skip_special_tokens: true });
        source.tokenTexts(ids);
      }
    },
  },
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
    name: 'model',
    seeds: () => configs.map((config) => ({ files: filesOf(modelFiles(config)) })),
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
      modelParameters(checkModelConfig(json, 'config.json'));
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
