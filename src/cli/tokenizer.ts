import { Option } from 'commander';
import { wholeNumber } from './average.ts';
import { note } from './output.ts';
import { exampleText, type Verb } from './verb.ts';

interface TrainCall {
  readonly kind: 'bpe' | 'char' | 'word';
  readonly vocab_size: number;
  readonly min_frequency?: number;
  readonly out: string;
  readonly lowercase?: boolean;
  readonly byte_level?: boolean;
  readonly overwrite?: boolean;
}

export const tokenizer: Verb = (program) => {
  program
    .command('tokenizer')
    .summary('train a tokenizer')
    .description('Makes tokenizer.json and tokenizer_config.json, which Python’s PreTrainedTokenizerFast reads too.')
    .command('train')
    .summary('train a tokenizer on text files')
    .description('Trains a tokenizer on the lines of text files, plain or .gz.')
    .argument('<files...>', 'text, a sentence a line')
    .addOption(
      new Option('--kind <kind>', 'byte pairs, characters, or words between blanks')
        .choices(['bpe', 'char', 'word'])
        .default('bpe'),
    )
    .requiredOption('--vocab_size <n>', 'tokens at most, special ones counted', wholeNumber(1))
    .requiredOption('--out <dir>', 'folder for the two files')
    .option('--min_frequency <n>', 'characters and words that are rarer are unknown', wholeNumber(1))
    .option('--lowercase', 'lower-case all text')
    .option('--byte_level', 'byte pairs begin from bytes, so that nothing is unknown; recipes do by default')
    .option('--overwrite', 'replace a tokenizer that the folder holds')
    .addHelpText(
      'after',
      exampleText([
        ['heddle tokenizer train train.en train.de --vocab_size 10000 --out tokenizer', 'one for both languages'],
        ['heddle tokenizer train words.ko --kind char --vocab_size 2000 --out letters', 'a token a character'],
      ]),
    )
    .action(async (files: string[], { out, ...options }: TrainCall) => {
      const { trainTokenizerFiles } = await import('../tasks/verbs/tokenizer-train.ts');
      const { vocabSize, unknownCharacters } = await trainTokenizerFiles(files, out, options);
      const unknown = unknownCharacters.length > 0 ? `; ${unknownCharacters.length} rare characters have no token` : '';
      note(`${out}/tokenizer.json has ${vocabSize} tokens${unknown}`);
    });
};
