import type { Command } from 'commander';
import { endAtSignal } from '../interruption.ts';
import { note, printLine } from '../output.ts';
import { engine, exampleText, type Verb } from '../verb.ts';
import { wholeNumber } from './average.ts';

interface LabCall {
  readonly out: string;
  readonly quick?: true;
  readonly seeds?: number;
  readonly engine?: string;
}

/** The share of the work that `--quick` does. */
const QUICK = 0.05;

export const lab: Verb = (program) => {
  program
    .command('lab')
    .summary('test by experiment what is taught about sequence models')
    .description(
      'Runs experiments and writes a page for each, with a figure, a table and an explanation; the page says so ' +
        'when a claim did not hold. Without names it lists them. All of them take up to half an hour on two cores.',
    )
    .argument('[name...]', 'names of experiments, or all')
    .option('--out <dir>', 'folder for the pages; existing results stay', 'heddle-lab')
    .option('--quick', `do only ${100 * QUICK} % of the work, to check that it runs; the numbers mean nothing`)
    .option('--seeds <n>', 'runs per experiment, which give the spread (default: 3)', wholeNumber(1))
    .option(...engine)
    .addHelpText(
      'after',
      exampleText([
        ['heddle lab', 'list the experiments'],
        ['heddle lab attention-dilution --out lab', 'one experiment; then open lab/attention-dilution.html'],
        ['heddle lab all --out lab', 'all experiments; then open lab/index.html'],
      ]),
    )
    .action(async function (this: Command, names: readonly string[], { out, quick, seeds, engine }: LabCall) {
      const { experiments, experimentsNamed } = await import('../../lab/experiments.ts');
      if (names.length === 0) {
        const place = this.getOptionValueSource('out') === 'cli' ? out : undefined;
        const [idle] = Object.entries({ quick, seeds, engine, out: place }).flatMap(([name, given]) =>
          given === undefined ? [] : [name],
        );
        if (idle) this.error(`lab --${idle}: expected names of experiments, or all, got none`);
        const width = Math.max(...experiments.map(({ name }) => name.length));
        for (const { name, title } of experiments) await printLine(`${name.padEnd(width)}  ${title}`);
        return;
      }
      const chosen = experimentsNamed(names);
      const [{ runExperiments }, { nodeBackend }, { labProgress }] = await Promise.all([
        import('../../lab/laboratory.ts'),
        import('../../runtime/node.ts'),
        import('./lab-progress.ts'),
      ]);
      const shown = labProgress(process.stderr);
      endAtSignal(() => {
        shown.clear();
        note(`stopped; ${out} keeps the finished experiments`);
      });
      const results: string[] = [];
      try {
        await runExperiments(chosen, out, {
          backend: nodeBackend(engine),
          seeds,
          budget: quick ? QUICK : 1,
          progress: shown.advance,
          found: ({ name, shown: isShown, says }) => {
            shown.clear();
            results.push(`${name}: ${isShown ? 'shown' : 'not shown'}. ${says}`);
            note(`${name} is done`);
          },
        });
      } finally {
        shown.clear();
      }
      for (const line of results) await printLine(line);
      await printLine(`${out}/${chosen.length === 1 ? `${chosen[0].name}.html` : 'index.html'}`);
    });
};
