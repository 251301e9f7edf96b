/** For every task data and a recipe that learns a little of them in a second or two. */

import { randomStream } from '../../src/data/batch/shuffle.ts';
import { makeDateExamples } from '../../src/data/dates/date-example.ts';
import { ModelTensor } from '../../src/tasks/model/model-tensor.ts';
import type { TaskName } from '../../src/tasks/task-list.ts';
import { imageSample } from './image-sample.ts';
import { maskedSample } from './masked-sample.ts';
import { questionSample } from './question-sample.ts';
import { runningSample } from './running-sample.ts';
import { transformerSize } from './sample-size.ts';
import { entityLines, plainLines, taggedSentences } from './token-classification/tagged-lines.ts';

export interface TaskSample {
  readonly task: TaskName;
  /** Trains 6 updates with a checkpoint and an evaluation at 3 and 6. */
  readonly recipe: string;
  /** Files of the folder `data.root` by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Those that are no texts. */
  readonly binaries?: Readonly<Record<string, Uint8Array>>;
  /** Numbers of the trained model, and saved buffers. */
  readonly parameters: number;
  /** Matrices that the loss does not read. */
  readonly untrained?: readonly string[];
  /** A file of the training data with which it is another training, and its content then. */
  readonly changed: readonly [file: string, content: string | Uint8Array];
  /** The test set, as `heddle evaluate --data` takes it. */
  readonly test: readonly string[];
  /** Lines for `heddle predict`. */
  readonly lines: readonly string[];
  /** How the pipeline takes a line; as it is when absent. */
  readonly inputOf?: (line: string) => unknown;
  /** What is in every line, and must be in every text. */
  readonly needed?: string;
  /** Options with which the pipeline's results tell much, and are the same on every engine. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What a folder without `heddle.json` is taken for, where its model's class has another task too. */
  readonly taskOfClass?: TaskName;
  /** The file that texts are read by; `tokenizer.json` when absent. */
  readonly reader?: string;
  /** What is said of a line of 40 such lines; when absent that it is cut to the 64 positions; null if lines have one length. */
  readonly longNotes?: readonly string[] | null;
  /** Whether the decoder, after so few updates, still writes the same whatever it is given. */
  readonly writesTheSame?: boolean;
  /** The file whose first image the model is shown, if it reads images. */
  readonly image?: string;
  /** Why its model has no attention to show. */
  readonly seesNothing?: RegExp;
  /** Whether a blank text is refused, because nothing can be said of it. */
  readonly refusesBlank?: boolean;
}

const training = `max_steps: 6
  max_tokens_per_batch: 512
  warmup_steps: 4
  logging_steps: 2
  eval_steps: 3
  save_steps: 3`;

const dates = makeDateExamples(1, { train: 300, validation: 12, test: 8 });

export const dateSample: TaskSample = {
  task: 'translation',
  recipe: `task: translation
data:
  train: { source: train.source, target: train.target }
  validation: { source: validation.source, target: validation.target }
  test: { source: test.source, target: test.target }
tokenizer: { vocab_size: 90, byte_level: false }
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
train:
  ${training}
  max_length: 64
  predict_with_generate: false
generation: { num_beams: 2, max_new_tokens: 12 }
`,
  files: Object.fromEntries(
    Object.entries(dates).flatMap(([split, text]) =>
      (['source', 'target'] as const).map((side) => [`${split}.${side}`, text[side].join('\n')]),
    ),
  ),
  parameters: 7098,
  changed: ['train.source', dates.train.source.toReversed().join('\n')],
  test: ['test.source', 'test.target'],
  lines: dates.test.source,
  options: { num_beams: 1 },
  writesTheSame: true,
};

/** Rows of a table with a header; a pair a row. */
const csvOf = (pairs: { readonly source: readonly string[]; readonly target: readonly string[] }): string =>
  ['long,short', ...pairs.source.map((source, i) => `"${source}","${pairs.target[i]}"`)].join('\n');

/** Dates without their day are their summaries. */
const shortOf = (split: { readonly source: readonly string[]; readonly target: readonly string[] }) =>
  csvOf({ source: split.source, target: split.target.map((date) => date.slice(0, 7)) });

export const shortSample: TaskSample = {
  task: 'summarization',
  taskOfClass: 'translation',
  recipe: `task: summarization
data:
  train: { file: train.csv, columns: { source: long, target: short } }
  validation: { file: validation.csv, columns: { source: long, target: short } }
  test: { file: test.csv, columns: { source: long, target: short } }
tokenizer: { vocab_size: 90, byte_level: false }
model:
  model_type: transformer_seq2seq
  ${transformerSize}
train:
  ${training}
  max_length: 64
  rouge_tokenize: char
  predict_with_generate: false
generation: { num_beams: 2, max_new_tokens: 12 }
`,
  files: {
    'train.csv': shortOf(dates.train),
    'validation.csv': shortOf(dates.validation),
    'test.csv': shortOf(dates.test),
  },
  parameters: 7162,
  changed: ['train.csv', shortOf({ source: dates.train.source.toReversed(), target: dates.train.target.toReversed() })],
  test: ['test.csv'],
  lines: dates.test.source,
  options: { num_beams: 1 },
  writesTheSame: true,
};

/** A date and its characters with blanks between them, as phones are written, in JSON. */
const spelt = ({ source, target }: { readonly source: readonly string[]; readonly target: readonly string[] }) =>
  source.map((word, i) => JSON.stringify({ word, phones: [...target[i]].join(' ') })).join('\n');

export const spellingSample: TaskSample = {
  task: 'text2text-generation',
  taskOfClass: 'translation',
  recipe: `task: text2text-generation
data:
  train: { file: train.jsonl, columns: { source: word, target: phones } }
  validation: { file: validation.jsonl, columns: { source: word, target: phones } }
  test: { file: test.jsonl, columns: { source: word, target: phones } }
tokenizer: { kind: char, shared: false, source: { normalization: NFD }, target: { kind: word } }
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
train:
  ${training}
  max_length: 64
  unit: phone
  predict_with_generate: false
generation: { num_beams: 2, max_new_tokens: 12 }
`,
  files: {
    'train.jsonl': spelt(dates.train),
    'validation.jsonl': spelt(dates.validation),
    'test.jsonl': spelt(dates.test),
  },
  parameters: 8109,
  changed: ['train.jsonl', spelt({ source: dates.train.source.toReversed(), target: dates.train.target.toReversed() })],
  test: ['test.jsonl'],
  lines: dates.test.source,
  options: { num_beams: 1 },
  writesTheSame: true,
};

const feelings = { good: ['lovely', 'great', '좋다'], bad: ['awful', 'dull', '나쁘다'] };
const others = ['the', 'film', 'was', 'a', 'very', 'long', '영화가', '정말'];

/** Sentences with a word that tells what they are, a tab, and that. The same count and seed give the same. */
export function feelingLines(count: number, seed: number): string[] {
  const random = randomStream(seed);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)];
  return Array.from({ length: count }, () => {
    const feeling = pick(['good', 'bad'] as const);
    const words = Array.from({ length: 2 + random.below(8) }, () => pick(others));
    words.splice(random.below(words.length + 1), 0, pick(feelings[feeling]));
    return `${words.join(' ')}\t${feeling}`;
  });
}

const textOf = (line: string): string => line.split('\t')[0];

export const feelingSample: TaskSample = {
  task: 'text-classification',
  recipe: `task: text-classification
data:
  train: { file: train.tsv }
  validation: { file: validation.tsv }
  test: { file: test.tsv }
tokenizer: { vocab_size: 80, byte_level: false }
model:
  model_type: transformer_encoder
  ${transformerSize}
train:
  ${training}
  max_length: 64
`,
  files: {
    'train.tsv': feelingLines(200, 1).join('\n'),
    'validation.tsv': feelingLines(12, 2).join('\n'),
    'test.tsv': feelingLines(8, 3).join('\n'),
  },
  parameters: 3490,
  changed: ['train.tsv', feelingLines(200, 1).toReversed().join('\n')],
  test: ['test.tsv'],
  lines: feelingLines(8, 3).map(textOf),
  options: { top_k: null },
};

const entities = {
  'train.tsv': entityLines(taggedSentences(200, 1)),
  'validation.tsv': entityLines(taggedSentences(12, 2)),
  'test.tsv': entityLines(taggedSentences(8, 3)),
};

export const entitySample: TaskSample = {
  task: 'token-classification',
  recipe: `task: token-classification
data:
  train: { file: train.tsv }
  validation: { file: validation.tsv }
  test: { file: test.tsv }
tokenizer: { lowercase: true }
model:
  model_type: recurrent_encoder
  crf: true
  embedding_size: 12
  hidden_size: 8
  character_embedding_size: 6
  character_hidden_size: 5
train:
  ${training}
  word_dropout: 0.1
`,
  files: entities,
  parameters: 2682,
  changed: ['train.tsv', entityLines(taggedSentences(200, 1).toReversed())],
  test: ['test.tsv'],
  lines: plainLines(taggedSentences(8, 3)),
  options: { ignore_labels: [] },
  reader: 'word_vocabulary.json',
  seesNothing: /reads characters and has no attention to show/,
  longNotes: [],
};

/** Rows of a table with a header; dates and their short forms belong together. */
export const togetherSample: TaskSample = {
  task: 'feature-extraction',
  recipe: `task: feature-extraction
data:
  train: { file: train.csv, columns: { text: long, text_pair: short } }
  validation: { file: validation.csv, columns: { text: long, text_pair: short } }
  test: { file: test.csv, columns: { text: long, text_pair: short } }
tokenizer: { vocab_size: 90, byte_level: false }
model:
  model_type: bert
  ${transformerSize}
train:
  ${training}
  max_length: 64
`,
  files: {
    'train.csv': csvOf(dates.train),
    'validation.csv': csvOf(dates.validation),
    'test.csv': csvOf(dates.test),
  },
  parameters: 5024,
  untrained: ['pooler.dense.weight'],
  changed: ['train.csv', csvOf({ source: dates.train.source.toReversed(), target: dates.train.target.toReversed() })],
  test: ['test.csv'],
  lines: dates.test.source,
  options: {},
};

/** The results of a pipeline's call, one for each text. */
export const resultsOf = (output: unknown): unknown[] =>
  output instanceof ModelTensor ? output.tolist() : (output as unknown[]);

/** A sample of every task that reads texts. */
export const textSamples: readonly TaskSample[] = [
  dateSample,
  shortSample,
  spellingSample,
  feelingSample,
  entitySample,
  runningSample,
  maskedSample,
  togetherSample,
  questionSample,
];

/** Calls a pipeline of any task: what the type checker cannot do, since each takes its own inputs. */
export const callOf = (use: object) => use as unknown as (...given: unknown[]) => Promise<unknown>;

/** The lines of a sample, as its pipeline takes them. */
export const inputsOf = ({ lines, inputOf = (line) => line }: TaskSample): readonly unknown[] => lines.map(inputOf);

/** A sample of every task. */
export const taskSamples: readonly TaskSample[] = [...textSamples.slice(0, -1), imageSample, ...textSamples.slice(-1)];
