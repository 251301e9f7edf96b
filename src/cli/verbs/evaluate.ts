import { note, printJson, printLine } from '../output.ts';
import { collect, dtype, engine, exampleText, lowMemory, type ModelCall, unsafePatterns, type Verb } from '../verb.ts';

interface EvaluateCall extends ModelCall {
  readonly data: readonly [string, ...string[]];
  readonly tokenize?: string;
  readonly lowercase?: boolean;
  readonly page?: string;
  readonly json?: boolean;
}

export const evaluate: Verb = (program) => {
  program
    .command('evaluate')
    .summary('score a model on data with known results')
    .description(
      'Scores a model on data. The scores depend on the model’s task; their names begin with eval_.\n\n' +
        'translation           loss, BLEU with its signature, chrF, exact match\n' +
        'summarization         the same, and ROUGE with the recipe’s tokenization\n' +
        'text2text-generation  loss, exact match, errors per word, phone or character, chrF\n' +
        'text-classification   loss, accuracy, F1, calibration; or scores for several labels or numbers\n' +
        'token-classification  loss, accuracy; for spans also F1, precision, recall\n' +
        'question-answering    loss, exact match and F1 of answers, as SQuAD has them\n' +
        'image-classification  as text-classification\n' +
        'fill-mask             loss, accuracy, perplexity of hidden tokens\n' +
        'feature-extraction    loss, recall at 1, mean reciprocal rank; class-mean accuracy for labels\n' +
        'text-generation       loss, perplexity, nats and bits per character',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption(
      '--data <file...>',
      'SOURCE and TARGET files, IMAGES and LABELS, or one table, tagged file, file of questions or text, plain or .gz; columns as in the recipe, else the first',
    )
    .option('--tokenize <name>', 'for BLEU: 13a (default), intl, char, zh or none; ROUGE splits as the recipe says')
    .option('--lowercase', 'ignore case when scoring texts')
    .option('--page <file>', 'HTML page to write, with samples: text, output and reference')
    .option('--json', 'print one JSON object')
    .option(
      '--set <path=value>',
      'set a value, such as generation.num_beams=1 or data.columns.source=0; repeatable, each field once',
      collect,
    )
    .option(...engine)
    .addOption(dtype())
    .option(...lowMemory)
    .option(...unsafePatterns)
    .addHelpText(
      'after',
      exampleText([
        ['heddle evaluate run --data test.en test.de', 'two files of equal length'],
        ['heddle evaluate run --data tok.en tok.de --tokenize none --lowercase', 'tokenised text'],
        ['heddle evaluate run --data pairs.tsv --json', 'tab-separated columns'],
        ['heddle evaluate run --data pairs.tsv --page samples.html', 'also write a page of samples'],
        ['heddle evaluate run --data test.csv --set data.columns.text=review', 'labelled texts, a column by name'],
        ['heddle evaluate run --data test.conllu', 'tagged words'],
        ['heddle evaluate run --data dev-v1.1.json', 'questions about texts, in the JSON of SQuAD'],
      ]),
    )
    .action(
      async (model: string, { json, set = [], allowUnsafePatterns, lowMemory: low_memory, ...call }: EvaluateCall) => {
        const { evaluateFiles } = await import('../../tasks/verbs/evaluate.ts');
        const options = { ...call, settings: set, allow_unsafe_patterns: allowUnsafePatterns, low_memory };
        const { metrics, notes } = await evaluateFiles(model, options);
        for (const line of notes) note(`heddle: ${line}`);
        if (call.page !== undefined) note(`${call.page} shows its outputs`);
        if (json) return printJson(metrics);
        const width = Math.max(...Object.keys(metrics).map((name) => name.length));
        for (const [name, value] of Object.entries(metrics)) await printLine(`${name.padEnd(width)}  ${value}`);
      },
    );
};
