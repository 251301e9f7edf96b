import { InvalidArgumentError, Option } from 'commander';
import { InputError } from '../../io/error.ts';
import { mostUpdates } from '../../tasks/profile/most-updates.ts';
import { note, printLine } from '../output.ts';
import { collect, engine, exampleText, type Verb } from '../verb.ts';

interface TrainCall {
  readonly out: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly set?: readonly string[];
  readonly engine?: string;
  readonly profile?: true | number;
}

function updatesToProfile(text: string): number {
  const updates = Number(text);
  if (Number.isInteger(updates) && updates >= 1 && updates <= mostUpdates) return updates;
  throw new InvalidArgumentError(`expected a number of updates from 1 to ${mostUpdates}, got "${text}"`);
}

/** @throws {InputError} when the settings have an engine already. */
async function withEngine(settings: readonly string[], engine: string): Promise<readonly string[]> {
  const { overriddenBy } = await import('../../tasks/recipe/overridden-setting.ts');
  // A name in quotes is a text in YAML, whatever its characters.
  const own = `train.engine=${JSON.stringify(engine)}`;
  if (overriddenBy(own, settings) === undefined) return [...settings, own];
  throw new InputError('train: expected --engine or --set train.engine, got both');
}

export const train: Verb = (program) => {
  program
    .command('train')
    .summary('train a model from a recipe')
    .description(
      'Trains a model as the recipe describes and writes a folder in Hugging Face’s format. Shows a progress bar on a terminal, ' +
        'plain lines elsewhere.\n\n' +
        'Ctrl-C or SIGTERM stops after the current update, saves a checkpoint and prints how to resume; a second ' +
        'one stops at once. --resume continues exactly from the newest checkpoint.\n\n' +
        '--profile trains for a few updates only and writes two files into the folder: heddle-profile.html, where a step’s time ' +
        'goes, with advice, and heddle-profile-trace.json for https://ui.perfetto.dev. It makes the updates twice, each time after ' +
        '3 of warm-up: as they are, and recorded. It writes no model, and leaves a run in the folder as it is.',
    )
    .argument('<recipe>', 'YAML or JSON file; `heddle schema` prints its schema')
    .requiredOption('--out <dir>', 'folder for the run')
    .option(
      '--resume',
      'continue an interrupted run, or a finished one with more steps; starts anew if there is no checkpoint',
    )
    .addOption(new Option('--overwrite', 'replace the run in the folder').conflicts('resume'))
    .option(
      '--set <path=value>',
      'set a value of the recipe (YAML; null removes it); repeatable, each field once',
      collect,
    )
    .option(...engine)
    .addOption(
      new Option('--profile [updates]', 'measure where the time of a step goes, over 20 updates, instead of training')
        .argParser(updatesToProfile)
        .conflicts(['resume', 'overwrite']),
    )
    .addHelpText(
      'after',
      exampleText([
        ['heddle train recipes/multi30k-en-de.yaml --out run --set data.root=data/multi30k', 'data in another folder'],
        ['heddle train recipe.yaml --out run --resume', 'continue after an interruption'],
        ['heddle train recipe.yaml --out run --resume --set train.max_steps=40000', 'train a finished run for longer'],
        ['heddle train recipe.yaml --out quick --set train.max_steps=100', 'a short trial'],
        ['heddle train recipe.yaml --out run --set model.model_name_or_path=bert-base-uncased', 'start from a folder'],
        ['heddle train recipe.yaml --out run --engine openvino', 'on another engine; see heddle engines'],
        ['heddle train recipe.yaml --out run --profile', 'where a step’s time goes: open run/heddle-profile.html'],
      ]),
    )
    .action(
      async (file: string, { out, resume = false, overwrite = false, engine, set: given = [], profile }: TrainCall) => {
        const set = engine === undefined ? given : await withEngine(given, engine);
        const { loadRecipe } = await import('../../tasks/recipe/file.ts');
        const recipe = await loadRecipe(file, set);
        if (profile !== undefined) {
          const { profileTraining } = await import('./train-profile.ts');
          await profileTraining(recipe, { out, updates: profile === true ? undefined : profile });
          return;
        }
        const [{ trainRecipe }, { showTraining }] = await Promise.all([
          import('../../tasks/verbs/train-recipe.ts'),
          import('./train-listener.ts'),
        ]);
        const settings = set.flatMap((setting) => ['--set', setting]);
        const resumeCall = ['heddle', 'train', file, '--out', out, ...settings, '--resume'];
        const shown = showTraining({ loggingSteps: recipe.train.logging_steps, resumeCall });
        try {
          const { listener, signal, say } = shown;
          const { metrics } = await trainRecipe(recipe, {
            out,
            resume,
            overwrite,
            listener,
            signal,
            say,
          });
          shown.end();
          for (const [name, value] of Object.entries(metrics)) await printLine(`${name} ${value}`);
        } finally {
          shown.end();
        }
        note(`heddle predict ${out} uses it`);
      },
    );
};
