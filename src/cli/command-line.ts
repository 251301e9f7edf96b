import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { messageOf, statusOf } from './failure.ts';
import { endAtSignal, InterruptedError } from './interruption.ts';
import { endOutput, note, watchOutput } from './output.ts';
import { collect } from './verb.ts';
import { verbs } from './verbs.ts';

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return version;
}

/** Our wording of commander's errors; the nearest name stays on the same line. */
function callError(text: string): string {
  return text
    .replace(/^error: /, '')
    .replace('unknown command', 'unknown verb')
    .replace(/\n\(Did you mean (one of )?(.*)\?\)/, '; did you mean $1$2?');
}

/** An option that does not collect values may be given once: with two, the first would be lost silently. */
function refuseRepeatedOptions(command: Command): void {
  for (const option of command.options) {
    if (option.variadic || option.parseArg === collect) continue;
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) command.error(`option ${option.long}: expected once, got twice`);
      isGiven = true;
    });
  }
  for (const inner of command.commands) refuseRepeatedOptions(inner);
}

/** The whole command line: a command per verb. */
export function commandLine(): Command {
  const program = new Command('heddle')
    .description('Train, run and look inside sequence models. Recipes and options use Hugging Face’s names.')
    .version(packageVersion(), '-V, --version')
    .option('--debug', 'print the stack trace of an error')
    .usage('<verb> [options]')
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      helpWidth: Math.min(process.stdout.columns ?? 100, 100),
    })
    .helpCommand('help [verb]', 'describe a verb')
    .addHelpText('after', '\nheddle <verb> --help shows the options of a verb, with examples.')
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(text),
      outputError: (text, write) => write(`heddle: ${callError(text)}`),
    });
  for (const verb of verbs) verb(program);
  refuseRepeatedOptions(program);
  program.hook('preAction', async (_, verb) => {
    const { set = [] } = verb.opts<{ set?: readonly string[] }>();
    if (set.length < 2) return;
    const { refuseOverriddenSettings } = await import('../tasks/recipe/overridden-setting.ts');
    refuseOverriddenSettings(set);
  });
  program.hook('preAction', (_, verb) => {
    // Nothing is written before training begins, and a process that is busy with data would receive a signal too late.
    if (verb.name() !== 'train') endAtSignal();
  });
  return program;
}

/**
 * Runs a call of `heddle` and gives the exit status: 0, 1 (the work failed), 2 (the call, recipe or data is wrong).
 *
 * Results go to stdout, everything else to stderr.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  watchOutput();
  const program = commandLine();
  try {
    await program.parseAsync([...args], { from: 'user' });
    await endOutput();
    return 0;
  } catch (thrown) {
    // Commander ends a help text with an error of status 0.
    const error = statusOf(thrown) === 0 ? await endOutput().catch((failure: unknown) => failure) : thrown;
    if (error === undefined) return 0;
    if (!(error instanceof CommanderError || error instanceof InterruptedError)) {
      note(`heddle: ${messageOf(error, program.opts<{ debug?: boolean }>().debug ?? false)}`);
    }
    return statusOf(error);
  }
}
