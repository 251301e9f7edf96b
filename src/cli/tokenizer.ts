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
    .description(
      'Writes tokenizer.json and tokenizer_config.json, which Python’s PreTrainedTokenizerFast can read too.',
    )
    .command('train')
    .summary('train a tokenizer on text files')
    .description('Trains a tokenizer on the lines of text files, plain or .gz.')
    .argument('<files...>', 'text files, one sentence per line')
    .addOption(
      new Option('--kind <kind>', 'byte pairs, characters, or words separated by blanks')
        .choices(['bpe', 'char', 'word'])
        .default('bpe'),
    )
    .requiredOption('--vocab_size <n>', 'the most tokens, including special ones', wholeNumber(1))
    .requiredOption('--out <dir>', 'folder for the two files')
    .option('--min_frequency <n>', 'rarer characters and words become unknown', wholeNumber(1))
    .option('--lowercase', 'lower-case all text')
    .option('--byte_level', 'start byte pairs from bytes, so that nothing is unknown (the default of recipes)')
    .option('--overwrite', 'replace the tokenizer in the folder')
    .addHelpText(
      'after',
      exampleText([
        ['heddle tokenizer train train.en train.de --vocab_size 10000 --out tokenizer', 'one for both languages'],
        ['heddle tokenizer train words.ko --kind char --vocab_size 2000 --out letters', 'one token per character'],
      ]),
    )
    .action(async (files: string[], { out, ...options }: TrainCall) => {
      const { trainTokenizerFiles } = await import('../tasks/verbs/tokenizer-train.ts');
      const { vocabSize, unknownCharacters } = await trainTokenizerFiles(files, out, options);
      const unknown = unknownCharacters.length > 0 ? `; ${unknownCharacters.length} rare characters have no token` : '';
      note(`${out}/tokenizer.json has ${vocabSize} tokens${unknown}`);
    });
};
