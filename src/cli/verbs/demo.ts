import { ResultError } from '../failure.ts';
import { note, printLine } from '../output.ts';
import { engine, exampleText, type Verb } from '../verb.ts';

/** The share of unseen dates that must be correct. */
const WANTED = 0.95;

export const demo: Verb = (program) => {
  program
    .command('demo')
    .summary('train a small date translator on generated data, in about a minute')
    .description(
      'Learns to convert dates written in many ways, in English and Korean, to ISO 8601. Generates the data, trains, ' +
        'scores on unseen dates, shows five, and draws where each digit comes from. Needs no network and no data.',
    )
    .option('--out <dir>', 'folder to create (default: heddle-demo, then heddle-demo-2, …)')
    .option(...engine)
    .addHelpText(
      'after',
      exampleText([
        ['heddle demo', 'train it'],
        ['echo "1998년 오월 삼일" | heddle predict heddle-demo', 'then convert a date'],
      ]),
    )
    .action(async ({ out, engine }: { out?: string; engine?: string }) => {
      const [{ runDemo }, { nodeBackend }, { showTraining }] = await Promise.all([
        import('../../tasks/verbs/demo.ts'),
        import('../../runtime/node.ts'),
        import('./train-listener.ts'),
      ]);
      const { folder, page, exactMatch, samples } = await runDemo({
        out,
        backend: nodeBackend(engine),
        show: ({ folder, recipe, loggingSteps }) =>
          showTraining({ loggingSteps, resumeCall: ['heddle', 'train', recipe, '--out', folder, '--resume'] }),
      });
      for (const { input, output, reference } of samples) {
        await printLine(`${input} → ${output}${output === reference ? '' : `  (expected ${reference})`}`);
      }
      await printLine(`exact match on unseen dates: ${(100 * exactMatch).toFixed(1)} %`);
      note(`The model is in ${folder}; try: echo "May 3rd, 1998" | npx heddle predict ${folder}`);
      await printLine(page);
      if (exactMatch < WANTED) {
        throw new ResultError(
          `demo: expected at least ${100 * WANTED} % exact match, got ${(100 * exactMatch).toFixed(1)} %`,
        );
      }
    });
};
