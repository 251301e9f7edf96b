import { note, printJson, printLine } from './output.ts';
import { exampleText, type Verb } from './verb.ts';

interface ScoreCall {
  readonly hyp: string;
  readonly ref: readonly string[];
  readonly tokenize?: string;
  readonly lowercase?: boolean;
  readonly json?: boolean;
}

export const score: Verb = (program) => {
  program
    .command('score')
    .summary('score lines of text against references')
    .description(
      'Scores lines against reference lines with sacreBLEU’s numbers: bleu, chrf, ter, accuracy, exact_match.',
    )
    .argument('<metric>', 'bleu, chrf, ter, accuracy or exact_match')
    .requiredOption('--hyp <file>', 'what a system wrote, a line a segment')
    .requiredOption('--ref <file...>', 'what is right; several files for several references')
    .option('--tokenize <name>', 'for bleu: 13a (default), intl, char, zh or none')
    .option('--lowercase', 'ignore case')
    .option('--json', 'print an object with every figure')
    .addHelpText(
      'after',
      exampleText([
        ['heddle score bleu --hyp out.txt --ref test.de', 'BLEU with its signature'],
        ['heddle score bleu --hyp out.txt --ref tok.de --tokenize none --lowercase', 'tokenised, lower-cased text'],
        ['heddle score chrf --hyp out.txt --ref a.ko b.ko --json', 'two references'],
      ]),
    )
    .action(async (metric: string, { hyp, ref, tokenize, lowercase, json }: ScoreCall) => {
      const [{ readLines }, { scoreLines }, { formatScore }] = await Promise.all([
        import('../io/text-file.ts'),
        import('../measure/metric.ts'),
        import('../measure/score.ts'),
      ]);
      const [hypotheses, ...references] = await Promise.all([hyp, ...ref].map(readLines));
      const result = scoreLines(metric, hypotheses, references, { tokenize, lowercase });
      for (const warning of result.warnings ?? []) note(`heddle: ${warning}`);
      await (json ? printJson(result) : printLine(formatScore(result, result.signature === undefined ? 4 : 2)));
    });
};
