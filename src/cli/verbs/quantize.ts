import { note, printJson, printLine } from '../output.ts';
import { collect, exampleText, unsafePatterns, type Verb } from '../verb.ts';

interface Call {
  readonly out: string;
  readonly data?: readonly string[];
  readonly json?: boolean;
  readonly set?: readonly string[];
  readonly allowUnsafePatterns?: boolean;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export const quantize: Verb = (program) => {
  program
    .command('quantize')
    .summary('write a model with int8 weights')
    .description(
      'Writes a model folder whose matrices are int8: about a quarter of the size, and faster on most processors. ' +
        'Heddle reads it as it reads any folder, in Node and in the browser; it cannot be trained further, and ' +
        'Transformers refuses it. With --data, prints the scores of both models.',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption('--out <dir>', 'folder to write; must not exist')
    .option('--data <file...>', 'files to score both models on, as for heddle evaluate')
    .option('--json', 'print one JSON object')
    .option(
      '--set <path=value>',
      'set a value for scoring, such as generation.num_beams=1; repeatable, each field once',
      collect,
    )
    .option(...unsafePatterns)
    .addHelpText(
      'after',
      exampleText([
        ['heddle quantize run --out run-int8', 'a quarter of the size'],
        ['heddle quantize run --out run-int8 --data dev.tsv', 'with the scores of both'],
      ]),
    )
    .action(async (model: string, { json, set, allowUnsafePatterns, ...call }: Call) => {
      const { quantizeFolder } = await import('../../tasks/verbs/quantize.ts');
      const options = { ...call, settings: set, allow_unsafe_patterns: allowUnsafePatterns };
      const { bytes, scores } = await quantizeFolder(model, options);
      const [before, after] = bytes;
      if (json) return printJson({ fp32: { bytes: before, ...scores?.[0] }, int8: { bytes: after, ...scores?.[1] } });
      note(`${call.out} has ${((100 * after) / before).toFixed(1)} % of the size of ${model}`);
      const rows = [['weights', megabytes(before), megabytes(after)]];
      if (scores) {
        const [fp32, int8] = scores;
        for (const name of Object.keys(fp32)) rows.push([name, String(fp32[name]), String(int8[name])]);
      }
      const all = [['', 'fp32', 'int8'], ...rows];
      const widths = [0, 1].map((at) => Math.max(...all.map((row) => row[at].length)));
      for (const [name, left, right] of all) {
        await printLine(`${name.padEnd(widths[0])}  ${left.padEnd(widths[1])}  ${right}`);
      }
    });
};
