import { InvalidArgumentError } from 'commander';
import { note } from './output.ts';
import { exampleText, type Verb } from './verb.ts';

/** A whole number of at least `least`, from an option's text. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && text.trim() !== '') return number;
    throw new InvalidArgumentError(`expected a whole number ≥ ${least}, got "${text}"`);
  };
}

export const average: Verb = (program) => {
  program
    .command('average')
    .summary('average the last checkpoints of a run')
    .description('Replaces the weights at the root of a run’s folder by the mean of its newest checkpoints.')
    .argument('<dir>', 'folder of a run')
    .requiredOption('--last <n>', 'how many checkpoints', wholeNumber(1))
    .addHelpText(
      'after',
      exampleText([['heddle average run --last 5', 'as average_last: 5 does at the end of a training']]),
    )
    .action(async (dir: string, { last }: { last: number }) => {
      const { averageCheckpoints } = await import('../tasks/verbs/checkpoint-average.ts');
      const steps = await averageCheckpoints(dir, last);
      note(`${dir}/model.safetensors is the mean of checkpoints ${steps.join(', ')}`);
    });
};
