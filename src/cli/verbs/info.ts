import type { ModelInfo } from '../../tasks/verbs/info.ts';
import { printJson, printLine } from '../output.ts';
import { exampleText, unsafePatterns, type Verb } from '../verb.ts';
import { type NamedShape, parameterTree } from './parameter-tree.ts';

interface InfoCall {
  readonly json?: boolean;
  readonly length?: string;
  readonly batch?: string;
  readonly allowUnsafePatterns?: boolean;
}

type Row = readonly [name: string, value: unknown];

export const info: Verb = (program) => {
  program
    .command('info')
    .summary('show what a model folder contains')
    .description(
      'Shows a model’s family, parameters, stored type, cost and tokenizer, its task and its scores. Of the weights, only the headers of the files are read.',
    )
    .argument('<model>', 'folder of a model')
    .option('--json', 'print one JSON object with everything, the whole configuration and recipe too')
    .option('--length <n>', 'tokens of a text, for FLOPs and memory; default 128')
    .option('--batch <n>', 'texts or images of a batch, for memory; default 8')
    .option(...unsafePatterns)
    .addHelpText(
      'after',
      exampleText([
        ['heddle info heddle-demo', 'the demo’s model'],
        ['heddle info bert-base-uncased --length 512 --batch 32', 'a checkpoint of Hugging Face, and its memory'],
      ]),
    )
    .action(async (model: string, { json, length, batch, allowUnsafePatterns }: InfoCall) => {
      const [{ diskFolder }, { modelInfo }] = await Promise.all([
        import('../../io/disk-folder.ts'),
        import('../../tasks/verbs/info.ts'),
      ]);
      const found = await modelInfo(diskFolder(model), {
        allow_unsafe_patterns: allowUnsafePatterns,
        ...(length !== undefined && { length: Number(length) }),
        ...(batch !== undefined && { batch: Number(batch) }),
      });
      if (json) return printJson(found);
      const rows = rowsOf(found);
      const width = Math.max(...rows.map(([name]) => name.length));
      for (const [name, value] of rows) await printLine(`${name.padEnd(width)}  ${value}`);
      await printLine('');
      for (const line of parameterTree(found.parameters ?? storedTensors(found))) await printLine(line);
    });
};

const number = (value: number): string => value.toLocaleString('en-US');

/** `87 MiB`, `1.2 KiB` */
function size(bytes: number): string {
  const [unit, step] = bytes < 2 ** 20 ? ['KiB', 2 ** 10] : bytes < 2 ** 30 ? ['MiB', 2 ** 20] : ['GiB', 2 ** 30];
  return `${(bytes / step).toFixed(bytes < 10 * step ? 1 : 0)} ${unit}`;
}

const list = (names: readonly string[]): string => names.join(', ');

const listed = (name: string, names: readonly string[] | null | undefined): Row[] =>
  names && names.length > 0 ? [[name, list(names)]] : [];

/** The tensors of the files, with their types if these differ. */
function storedTensors({ stored: { tensors, dtypes } }: ModelInfo): readonly NamedShape[] {
  return Object.keys(dtypes).length > 1 ? tensors.map((tensor) => ({ ...tensor, note: tensor.dtype })) : tensors;
}

function storedText({ stored: { dtypes, bytes, tensors } }: ModelInfo): string {
  const types = Object.entries(dtypes).sort(([, a], [, b]) => b - a);
  const [first] = types;
  const text = types.length === 1 && first ? first[0] : types.map(([type, n]) => `${type} (${number(n)})`).join(', ');
  return `${text || 'nothing'}, ${size(bytes)} in ${number(tensors.length)} tensors`;
}

/** One of what a sequence consists of. */
const single = { tokens: 'token', patches: 'patch' } as const;

function costRows({ cost }: ModelInfo): Row[] {
  if (!cost) return [];
  const { flops, run, train, length, batch, unit } = cost;
  const of = `${batch} × ${length} ${unit}`;
  return [
    [`FLOPs a ${single[unit]}`, `${number(flops.per_token)} at ${number(length)} ${unit}, forward`],
    ['FLOPs a pass', flops.pass],
    [
      'memory to run',
      `weights ${size(run.weights)}${train ? ', twice that without --low-memory' : ''}; results about ${size(run.activations)} for ${of}`,
    ],
    [
      'memory to train',
      train
        ? `about ${size(Object.values(train).reduce((sum, bytes) => sum + bytes, 0))} for ${of}: weights ${size(train.weights)}, gradients ${size(train.gradients)}, AdamW ${size(train.optimizer)}, results ${size(train.activations)}`
        : 'int8 weights are not trained; start from the model that they were made from',
    ],
  ];
}

function tokenizerRows({ tokenizer, vocabulary }: ModelInfo): Row[] {
  const { source, target } = vocabulary ?? {};
  const tokens = source === target ? `${source} tokens` : `${source} source tokens, ${target} target tokens`;
  if (!tokenizer) return [['vocabulary', vocabulary ? tokens : 'no tokenizer in the folder']];
  const { kind, file, special_tokens: special } = tokenizer.source;
  const ids = Object.entries(special).map(([name, id]) => `${name.replace('_token', '')} ${id}`);
  return [['vocabulary', tokens], ['tokenizer', `${kind} (${file})`], ...listed('special ids', ids)];
}

function rowsOf(found: ModelInfo): Row[] {
  const { parameter_counts: counts, differences } = found;
  const family = found.architecture ? `${found.model_type} (${found.architecture})` : found.model_type;
  return [
    ['family', found.is_known_family ? family : `${family}: unknown to Heddle, so only its files are shown`],
    ['task', found.task ?? 'unknown'],
    ...(found.license === null ? [] : [['license', found.license] as const]),
    [
      'parameters',
      counts
        ? `${number(found.num_parameters)}: embeddings ${number(counts.embeddings)}, without them ${number(counts.without_embeddings)}, trained ${number(counts.trained)}`
        : number(found.num_parameters),
    ],
    ['stored', storedText(found)],
    ...listed('new in class', differences?.missing),
    ...listed(
      'other shape',
      differences?.mismatched.map(({ name, found: got, expected }) => `${name} [${got}] → [${expected}]`),
    ),
    ...listed('unused in file', differences?.unexpected),
    ...listed('buffers in file', differences?.buffers),
    ...costRows(found),
    ...sizes.filter((name) => (found.config[name] ?? null) !== null).map((name): Row => [name, found.config[name]]),
    ...listed('unknown fields', found.unknown_fields),
    ...listed('fields without effect', found.neutral_fields),
    ...tokenizerRows(found),
    ...Object.entries(found.metrics),
  ];
}

/** Fields of a configuration that describe a model's size, in this order. */
const sizes = [
  'd_model',
  'hidden_size',
  'dim',
  'n_embd',
  'encoder_layers',
  'decoder_layers',
  'num_hidden_layers',
  'n_layers',
  'n_layer',
  'encoder_attention_heads',
  'decoder_attention_heads',
  'num_attention_heads',
  'n_heads',
  'n_head',
  'encoder_ffn_dim',
  'decoder_ffn_dim',
  'intermediate_size',
  'hidden_dim',
  'n_inner',
  'max_position_embeddings',
  'n_positions',
  'image_size',
  'patch_size',
  'num_channels',
];
