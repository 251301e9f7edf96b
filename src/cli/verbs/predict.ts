import { note, print } from '../output.ts';
import { collect, dtype, engine, exampleText, lowMemory, type ModelCall, unsafePatterns, type Verb } from '../verb.ts';

interface PredictCall extends ModelCall {
  readonly input?: string;
  readonly output?: string;
  readonly json?: boolean;
  readonly labels?: readonly string[];
}

export const predict: Verb = (program) => {
  program
    .command('predict')
    .summary('run a model on lines of text')
    .description(
      'Reads one text per line and writes one result per line, in the same order; a blank line stays blank. ' +
        'A classifier of pairs reads two texts per line, with a tab between them; question answering a question, a tab and ' +
        'the text that answers it; a classifier of images reads an image per line, its pixels as JSON, or with --input an ' +
        'IDX or safetensors file. With --labels, a model of natural language inference says which labels fit a text.',
    )
    .argument('<model>', 'folder of a model')
    .option('--input <file>', 'file to read instead of stdin, plain or .gz')
    .option('--output <file>', 'file to write instead of stdout; appears only when complete')
    .option('--json', 'write one JSON object per line, with fields such as translation_text, score, token_ids')
    .option('--labels <label...>', 'labels to choose from, for a model of natural language inference')
    .option('--set <path=value>', 'set a value, such as generation.num_beams=1; repeatable, each field once', collect)
    .option(...engine)
    .addOption(dtype())
    .option(...lowMemory)
    .option(...unsafePatterns)
    .addHelpText(
      'after',
      exampleText([
        ['echo "the 3rd of May, 1998" | heddle predict heddle-demo', 'translate a line'],
        ['heddle predict run --input test.en.gz --output out.de', 'from file to file'],
        ['heddle predict run --set generation.num_beams=1 < test.en', 'greedy: faster'],
        ['heddle predict nli --labels sports politics < news.txt', 'labels that the model was not trained on'],
        ['echo "ROMEO:" | heddle predict run --set generation.do_sample=true', 'continue a text'],
      ]),
    )
    .action(
      async (
        model: string,
        {
          input,
          output,
          json = false,
          labels,
          set = [],
          engine,
          dtype,
          allowUnsafePatterns,
          lowMemory: low_memory,
        }: PredictCall,
      ) => {
        const { predictLines } = await import('../../tasks/verbs/predict.ts');
        const { stdin, stdout } = process;
        await predictLines(model, {
          input,
          output,
          json,
          settings: set,
          labels,
          engine,
          dtype,
          streams: stdout.isTTY,
          allow_unsafe_patterns: allowUnsafePatterns,
          low_memory,
          stdin,
          print,
          note,
        });
      },
    );
};
