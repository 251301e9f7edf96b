import { note } from './output.ts';
import { collect, exampleText, unsafePatterns, type Verb } from './verb.ts';

interface InspectCall {
  readonly text: readonly string[];
  readonly text_pair?: readonly string[];
  readonly out: string;
  readonly allowUnsafePatterns?: boolean;
}

export const inspect: Verb = (program) => {
  program
    .command('inspect')
    .summary('draw a model’s attention')
    .description(
      'Runs a model on texts and draws the attention of every layer and head as one self-contained HTML page.',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption('--text <text>', 'text for the model to read; repeatable', collect)
    .option('--text_pair <text>', 'second text of a pair, one for every --text; for encoders', collect)
    .requiredOption('--out <file>', 'HTML file to write')
    .option(...unsafePatterns)
    .addHelpText(
      'after',
      exampleText([
        ['heddle inspect heddle-demo --text "the 3rd of May, 1998" --out page.html', 'then open it in a browser'],
        ['heddle inspect bert --text "a man sleeps" --text_pair "he is awake" --out page.html', 'a pair of texts'],
      ]),
    )
    .action(async (model: string, { text, text_pair: pairs, out, allowUnsafePatterns }: InspectCall) => {
      const { writeAttentionPage } = await import('../tasks/verbs/attention-file.ts');
      await writeAttentionPage(model, text, out, { text_pairs: pairs, allow_unsafe_patterns: allowUnsafePatterns });
      note(`${out} shows the attention over ${text.length === 1 ? 'the text' : `${text.length} texts`}`);
    });
};
