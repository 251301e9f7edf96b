import { note } from '../output.ts';
import { collect, engine, exampleText, unsafePatterns, type Verb } from '../verb.ts';
import { wholeNumber } from './average.ts';

interface InspectCall {
  readonly text?: readonly string[];
  readonly text_pair?: readonly string[];
  readonly target?: readonly string[];
  readonly words?: boolean;
  readonly image?: string;
  readonly index?: readonly number[];
  readonly out: string;
  readonly set?: readonly string[];
  readonly outWeights?: string;
  readonly allowUnsafePatterns?: boolean;
  readonly engine?: string;
}

const index = wholeNumber(0);
const collectIndices = (value: string, before: readonly number[] = []): readonly number[] => [...before, index(value)];

/** What a page shows. */
const shown = (images: number, texts: number): string =>
  images > 0
    ? `the attention over ${images === 1 ? 'the image' : `${images} images`}`
    : `the attention over ${texts === 1 ? 'the text' : `${texts} texts`}`;

export const inspect: Verb = (program) => {
  program
    .command('inspect')
    .summary('draw a model’s attention')
    .description(
      'Runs a model on texts or images and draws the attention of every layer and head as one self-contained HTML page: ' +
        'self-attention, cross-attention and recurrent alignments, whichever the model has; over images, where the class ' +
        'token and every patch look.',
    )
    .argument('<model>', 'folder of a model')
    .option('--text <text>', 'text for the model to read; repeatable', collect)
    .option('--text_pair <text>', 'second text of a pair, one for every --text: the context of a question', collect)
    .option(
      '--target <text>',
      'what an encoder–decoder writes, one for every --text; by default what it generates',
      collect,
    )
    .option('--words', 'draw words instead of tokens')
    .option('--image <file>', 'IDX or safetensors file of images, for a model that reads images')
    .option('--index <number...>', 'images of the file, counted from 0; by default the first', collectIndices)
    .requiredOption('--out <file>', 'HTML file to write')
    .option('--out-weights <file>', 'safetensors file for all weights; the page keeps the largest of each row')
    .option(
      '--set <path=value>',
      'set a language, src_lang=ko_KR or tgt_lang=en_XX; repeatable, each field once',
      collect,
    )
    .option(...engine)
    .option(...unsafePatterns)
    .addHelpText(
      'after',
      exampleText([
        ['heddle inspect heddle-demo --text "the 3rd of May, 1998" --out page.html', 'then open it in a browser'],
        ['heddle inspect bert --text "a man sleeps" --text_pair "he is awake" --out page.html', 'a pair of texts'],
        ['heddle inspect gpt2 --text "a man sleeps" --words --out page.html', 'words instead of tokens'],
        ['heddle inspect vit --image t10k-images-idx3-ubyte.gz --index 7 --out page.html', 'an image'],
      ]),
    )
    .action(async (model: string, call: InspectCall) => {
      const {
        text: texts,
        text_pair: text_pairs,
        target: targets,
        words,
        image,
        index: indices,
        out,
        set: settings,
      } = call;
      const { outWeights: weights, engine, allowUnsafePatterns: allow_unsafe_patterns } = call;
      const { writeAttentionPage } = await import('../../tasks/verbs/attention-file.ts');
      const given = { texts, text_pairs, targets, words, image, indices, settings, engine, allow_unsafe_patterns };
      await writeAttentionPage(model, out, { ...given, weights });
      note(`${out} shows ${shown(image === undefined ? 0 : (indices ?? [0]).length, texts?.length ?? 0)}`);
      if (weights !== undefined) note(`${weights} holds all weights`);
    });
};
