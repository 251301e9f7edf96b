import { note, printJson, printLine } from '../output.ts';
import { exampleText, type Verb } from '../verb.ts';

interface EnginesCall {
  readonly engine?: string;
  readonly json?: boolean;
}

const timesText = ({ step_ms, pass_ms }: { readonly step_ms?: number; readonly pass_ms?: number }): string =>
  `training step ${step_ms?.toFixed(1)} ms, pass ${pass_ms?.toFixed(1)} ms`;

export const engines: Verb = (program) => {
  program
    .command('engines')
    .summary('list the engines of this machine and measure them')
    .description(
      'Lists the engines that can run models, how to get those that are missing, and the time of a small training step ' +
        'and of a small pass on each. All of them train and run models in float32; where an engine has bfloat16, it is measured too. Choose one with --engine in other ' +
        'verbs, train.engine in a recipe, or HEDDLE_ENGINE. Run it on idle cores: times of a busy machine mean nothing.',
    )
    .option('--engine <name>', 'measure only this one, such as plugin:PATH')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      exampleText([
        ['heddle engines', 'what is here'],
        [
          'heddle engines --engine openvino:onnxruntime_ep_openvino-1.8.1-py3-none-manylinux_2_28_x86_64.whl',
          'a wheel',
        ],
      ]),
    )
    .action(async ({ engine, json }: EnginesCall) => {
      const [{ listEngines, measuredModel }, { assignmentText }] = await Promise.all([
        import('../../tasks/verbs/engines.ts'),
        import('../../runtime/assignment-text.ts'),
      ]);
      const found = await listEngines(engine);
      if (json) return printJson(found);
      const width = Math.max(...found.engines.map(({ name }) => name.length));
      for (const { name, about, missing, bf16, step_nodes, ...times } of found.engines) {
        const lines = [
          `${name.padEnd(width)}  ${about}`,
          missing ?? timesText(times),
          ...(bf16 ? ['missing' in bf16 ? `bfloat16 needs ${bf16.missing}` : `in bfloat16: ${timesText(bf16)}`] : []),
          ...(step_nodes ? [assignmentText('it', step_nodes)] : []),
        ];
        await printLine(lines.join(`\n${' '.repeat(width)}  `));
      }
      note(`measured: ${measuredModel}, on ${found.cores} cores of ${found.processor}; --engine NAME chooses one`);
    });
};
