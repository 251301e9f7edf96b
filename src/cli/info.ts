import { printJson, printLine } from './output.ts';
import { exampleText, unsafePatterns, type Verb } from './verb.ts';

/** Fields of a configuration that describe a model's size, in this order. */
const sizes = [
  'd_model',
  'encoder_layers',
  'decoder_layers',
  'encoder_attention_heads',
  'decoder_attention_heads',
  'encoder_ffn_dim',
  'decoder_ffn_dim',
  'max_position_embeddings',
];

export const info: Verb = (program) => {
  program
    .command('info')
    .summary('show what a model folder contains')
    .description('Shows a model’s family, size and vocabulary, its recipe and its scores.')
    .argument('<model>', 'folder of a model')
    .option('--json', 'print one JSON object with the whole configuration and recipe')
    .option(...unsafePatterns)
    .addHelpText('after', exampleText([['heddle info heddle-demo', 'the demo’s model']]))
    .action(async (model: string, { json, allowUnsafePatterns }: { json?: boolean; allowUnsafePatterns?: boolean }) => {
      const [{ diskFolder }, { modelInfo }] = await Promise.all([
        import('../io/disk-folder.ts'),
        import('../tasks/verbs/info.ts'),
      ]);
      const found = await modelInfo(diskFolder(model), { allow_unsafe_patterns: allowUnsafePatterns });
      if (json) return printJson(found);
      const rows: [string, unknown][] = [
        ['family', `${found.model_type} (${found.architecture})`],
        ['task', found.task ?? 'unknown'],
        ['parameters', found.num_parameters.toLocaleString('en-US')],
        ...sizes.filter((name) => name in found.config).map((name): [string, unknown] => [name, found.config[name]]),
        ['vocabulary', vocabularyText(found.vocabulary)],
        ...Object.entries(found.metrics),
      ];
      const width = Math.max(...rows.map(([name]) => name.length));
      for (const [name, value] of rows) await printLine(`${name.padEnd(width)}  ${value}`);
    });
};

function vocabularyText(vocabulary: { readonly source: number; readonly target: number } | null): string {
  if (!vocabulary) return 'no tokenizer in the folder';
  const { source, target } = vocabulary;
  return source === target ? `${source} tokens` : `${source} source tokens, ${target} target tokens`;
}
