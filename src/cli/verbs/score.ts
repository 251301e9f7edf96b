import { resolve } from 'node:path';
import { note, printJson, printLine } from '../output.ts';
import { exampleText, type Verb } from '../verb.ts';
import { wholeNumber } from './average.ts';

interface ScoreCall {
  readonly hyp: string;
  readonly ref: readonly string[];
  readonly tokenize?: string;
  readonly lowercase?: boolean;
  readonly stem?: boolean;
  readonly scheme?: string;
  readonly word_order?: number;
  readonly json?: boolean;
}

export const score: Verb = (program) => {
  program
    .command('score')
    .summary('score lines of text against references')
    .description(
      'Scores the lines of a file against reference lines.\n\n' +
        'bleu, chrf, ter: same numbers as sacreBLEU, 0–100. rouge: same as rouge_score, 0–1 like all below.\n' +
        'accuracy, f1 (macro), exact_match: each line is a class or a text.\n' +
        'seqeval: each line has the tags of a sentence (B-PER I-PER O).\n' +
        'wer, cer, per: errors per word, character, phone. word_error_rate: share of words that match no reference.',
    )
    .argument('<metric>', 'one of the metrics above')
    .requiredOption('--hyp <file>', 'file with the system’s output, one segment per line')
    .requiredOption('--ref <file...>', 'file with the references; several files for several references')
    .option(
      '--tokenize <name>',
      'for bleu: 13a (default), intl, char, zh or none; for rouge: rouge (a–z, default), unicode or char',
    )
    .option('--lowercase', 'ignore case')
    .option('--word_order <n>', 'for chrf: also count word n-grams up to this order; 2 is chrF++', wholeNumber(0))
    .option('--stem', 'for rouge: compare the stems of English words')
    .option('--scheme <name>', 'for seqeval: read tags strictly as IOB1, IOB2, IOE1, IOE2, IOBES or BILOU')
    .option('--json', 'print one JSON object with all numbers')
    .addHelpText(
      'after',
      exampleText([
        ['heddle score bleu --hyp out.txt --ref test.de', 'BLEU with its signature'],
        ['heddle score bleu --hyp out.txt --ref tok.de --tokenize none --lowercase', 'tokenised, lower-cased text'],
        ['heddle score chrf --hyp out.txt --ref a.ko b.ko --json', 'two references'],
        ['heddle score chrf --hyp out.txt --ref test.de --word_order 2', 'chrF++'],
        ['heddle score rouge --hyp out.txt --ref summaries.ko --tokenize char', 'Korean summaries'],
        ['heddle score seqeval --hyp out.tags --ref test.tags --scheme IOB2', 'entities, read strictly'],
      ]),
    )
    .action(async (metric: string, { hyp, ref, json, ...options }: ScoreCall) => {
      const [{ InputError }, { readLines }, { digitsOf, scoreLines }, { formatScore }] = await Promise.all([
        import('../../io/error.ts'),
        import('../../io/text-file.ts'),
        import('../../measure/metric.ts'),
        import('../../measure/score.ts'),
      ]);
      const places = ref.map((file) => resolve(file));
      const twice = ref.find((_, i) => places.indexOf(places[i]) < i);
      if (twice !== undefined) throw new InputError(`score --ref: expected different files, got ${twice} twice`);
      const [hypotheses, ...references] = await Promise.all([hyp, ...ref].map((file) => readLines(file)));
      const result = scoreLines(metric, hypotheses, references, options, { hypotheses: hyp, references: ref });
      for (const warning of result.warnings ?? []) note(`heddle: ${warning}`);
      await (json ? printJson(result) : printLine(formatScore(result, digitsOf(metric))));
    });
};
