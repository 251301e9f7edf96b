import { note, printJson, printLine } from './output.ts';
import { collect, exampleText, type Verb } from './verb.ts';

interface EvaluateCall {
  readonly data: readonly string[];
  readonly tokenize?: string;
  readonly lowercase?: boolean;
  readonly json?: boolean;
  readonly set?: readonly string[];
}

export const evaluate: Verb = (program) => {
  program
    .command('evaluate')
    .summary('score a model on data with known results')
    .description(
      'Scores a model on data, with the scores of its task. A translator’s are eval_loss (nats a token), eval_bleu with its\n' +
        'signature, eval_chrf (0–100), eval_exact_match (0–1); BLEU is sacreBLEU’s, tokenised by 13a unless --tokenize says\n' +
        'otherwise. A summariser’s are ROUGE too, cut as its recipe says; of pronunciations and the like the error rates.',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption(
      '--data <file...>',
      'SOURCE and TARGET, or one table: the columns that the recipe names, or the first; .gz too',
    )
    .option('--tokenize <name>', 'for BLEU: 13a (default), intl, char, zh or none')
    .option('--lowercase', 'ignore case in the scores of texts')
    .option('--json', 'print one object')
    .option('--set <path=value>', 'set a value, such as generation.num_beams=1; repeatable', collect)
    .addHelpText(
      'after',
      exampleText([
        ['heddle evaluate run --data test.en test.de', 'two files of equal length'],
        ['heddle evaluate run --data tok.en tok.de --tokenize none --lowercase', 'text that is tokenised already'],
        ['heddle evaluate run --data pairs.tsv --json', 'tab-separated columns'],
        ['heddle evaluate run --data test.csv --set data.columns.text=review', 'labelled texts, a column by name'],
      ]),
    )
    .action(async (model: string, { data, tokenize, lowercase, json, set = [] }: EvaluateCall) => {
      const { evaluateFiles } = await import('../tasks/evaluate.ts');
      const { metrics, notes } = await evaluateFiles(model, { data, tokenize, lowercase, settings: set });
      for (const line of notes) note(`heddle: ${line}`);
      if (json) return printJson(metrics);
      const width = Math.max(...Object.keys(metrics).map((name) => name.length));
      for (const [name, value] of Object.entries(metrics)) await printLine(`${name.padEnd(width)}  ${value}`);
    });
};
