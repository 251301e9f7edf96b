import { note, printJson, printLine } from './output.ts';
import { collect, exampleText, lowMemory, unsafePatterns, type Verb } from './verb.ts';

interface EvaluateCall {
  readonly data: readonly [string, ...string[]];
  readonly tokenize?: string;
  readonly lowercase?: boolean;
  readonly page?: string;
  readonly json?: boolean;
  readonly set?: readonly string[];
  readonly allowUnsafePatterns?: boolean;
  readonly lowMemory?: boolean;
}

export const evaluate: Verb = (program) => {
  program
    .command('evaluate')
    .summary('score a model on data with known results')
    .description(
      'Scores a model on data, with the scores of its task; names begin with eval_.\n\n' +
        'translation           loss, BLEU with its signature, chrF, exact match\n' +
        'summarization         these, and ROUGE, cut as the recipe says\n' +
        'text2text-generation  loss, exact match, errors per word, phone or character, chrF\n' +
        'text-classification   loss, accuracy, F1, calibration; of several labels or numbers what fits them\n' +
        'token-classification  loss, accuracy; of spans F1, precision, recall\n' +
        'text-generation       loss, perplexity, nats and bits per character',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption(
      '--data <file...>',
      'SOURCE and TARGET, or one table, tagged file or text: columns as the recipe names them, or the first; .gz too',
    )
    .option('--tokenize <name>', 'for BLEU: 13a (default), intl, char, zh or none')
    .option('--lowercase', 'ignore case in the scores of texts')
    .option('--page <file>', 'HTML file to write: texts, what the model made of them, and what is right')
    .option('--json', 'print one object')
    .option(
      '--set <path=value>',
      'set a value, such as generation.num_beams=1 or data.columns.source=0; repeatable',
      collect,
    )
    .option(...lowMemory)
    .option(...unsafePatterns)
    .addHelpText(
      'after',
      exampleText([
        ['heddle evaluate run --data test.en test.de', 'two files of equal length'],
        ['heddle evaluate run --data tok.en tok.de --tokenize none --lowercase', 'text that is tokenised already'],
        ['heddle evaluate run --data pairs.tsv --json', 'tab-separated columns'],
        ['heddle evaluate run --data pairs.tsv --page samples.html', 'a page of samples to read'],
        ['heddle evaluate run --data test.csv --set data.columns.text=review', 'labelled texts, a column by name'],
        ['heddle evaluate run --data test.conllu', 'tagged words'],
      ]),
    )
    .action(
      async (model: string, { json, set = [], allowUnsafePatterns, lowMemory: low_memory, ...call }: EvaluateCall) => {
        const { evaluateFiles } = await import('../tasks/verbs/evaluate.ts');
        const options = { ...call, settings: set, allow_unsafe_patterns: allowUnsafePatterns, low_memory };
        const { metrics, notes } = await evaluateFiles(model, options);
        for (const line of notes) note(`heddle: ${line}`);
        if (call.page !== undefined) note(`${call.page} shows what it wrote`);
        if (json) return printJson(metrics);
        const width = Math.max(...Object.keys(metrics).map((name) => name.length));
        for (const [name, value] of Object.entries(metrics)) await printLine(`${name.padEnd(width)}  ${value}`);
      },
    );
};
