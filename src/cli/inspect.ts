import { note } from './output.ts';
import { collect, exampleText, unsafePatterns, type Verb } from './verb.ts';

interface InspectCall {
  readonly text: readonly string[];
  readonly text_pair?: readonly string[];
  readonly target?: readonly string[];
  readonly words?: boolean;
  readonly out: string;
  readonly outWeights?: string;
  readonly allowUnsafePatterns?: boolean;
}

export const inspect: Verb = (program) => {
  program
    .command('inspect')
    .summary('draw a model’s attention')
    .description(
      'Runs a model on texts and draws the attention of every layer and head as one self-contained HTML page: ' +
        'self-attention, cross-attention and recurrent alignments, whichever the model has.',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption('--text <text>', 'text for the model to read; repeatable', collect)
    .option('--text_pair <text>', 'second text of a pair, one for every --text: the context of a question', collect)
    .option(
      '--target <text>',
      'what an encoder–decoder writes, one for every --text; by default what it generates',
      collect,
    )
    .option('--words', 'draw words instead of tokens')
    .requiredOption('--out <file>', 'HTML file to write')
    .option('--out-weights <file>', 'safetensors file for all weights; the page keeps the 8 largest of each row')
    .option(...unsafePatterns)
    .addHelpText(
      'after',
      exampleText([
        ['heddle inspect heddle-demo --text "the 3rd of May, 1998" --out page.html', 'then open it in a browser'],
        ['heddle inspect bert --text "a man sleeps" --text_pair "he is awake" --out page.html', 'a pair of texts'],
        ['heddle inspect gpt2 --text "a man sleeps" --words --out page.html', 'words instead of tokens'],
      ]),
    )
    .action(async (model: string, call: InspectCall) => {
      const { text, text_pair: text_pairs, target: targets, words, out, outWeights: weights } = call;
      const { writeAttentionPage } = await import('../tasks/verbs/attention-file.ts');
      const options = { text_pairs, targets, words, weights, allow_unsafe_patterns: call.allowUnsafePatterns };
      await writeAttentionPage(model, text, out, options);
      note(`${out} shows the attention over ${text.length === 1 ? 'the text' : `${text.length} texts`}`);
      if (weights !== undefined) note(`${weights} holds all weights`);
    });
};
