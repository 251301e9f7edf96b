import { InvalidArgumentError } from 'commander';
import { note } from '../output.ts';
import { exampleText, type Verb } from '../verb.ts';

/** Parses an option as a whole number ≥ `least`. */
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
    .description('Replaces the weights at the root of a run’s folder with the mean of its newest checkpoints.')
    .argument('<dir>', 'folder of a run')
    .requiredOption('--last <n>', 'how many checkpoints', wholeNumber(1))
    .addHelpText('after', exampleText([['heddle average run --last 5', 'the same as average_last: 5 in the recipe']]))
    .action(async (dir: string, { last }: { last: number }) => {
      const { averageCheckpoints } = await import('../../tasks/verbs/checkpoint-average.ts');
      const steps = await averageCheckpoints(dir, last);
      note(`${dir}/model.safetensors is the mean of checkpoints ${steps.join(', ')}`);
    });
};
