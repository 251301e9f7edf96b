import { type Command, Option } from 'commander';
import { note, print } from '../output.ts';
import { exampleText, unsafePatterns, type Verb } from '../verb.ts';
import { wholeNumber } from './average.ts';

interface TrainCall {
  readonly kind: 'bpe' | 'char' | 'word';
  readonly vocab_size: number;
  readonly min_frequency?: number;
  readonly out: string;
  readonly lowercase?: boolean;
  readonly byte_level?: boolean;
  readonly overwrite?: boolean;
}

interface LinesCall {
  readonly input?: string;
  readonly output?: string;
  readonly json?: boolean;
  readonly target?: boolean;
  readonly allowUnsafePatterns?: boolean;
}

interface EncodeCall extends LinesCall {
  readonly pair?: string;
  readonly max_length?: number;
}

interface DecodeCall extends LinesCall {
  readonly skip_special_tokens?: boolean;
}

export const tokenizer: Verb = (program) => {
  const verbs = program.command('tokenizer').summary('train a tokenizer, encode and decode with one');
  train(verbs);
  encode(verbs);
  decode(verbs);
};

const train: Verb = (verbs) => {
  verbs
    .command('train')
    .summary('train a tokenizer on text files')
    .description(
      'Trains a tokenizer on the lines of text files, plain or .gz, and writes tokenizer.json and tokenizer_config.json, ' +
        'which Python’s PreTrainedTokenizerFast can read too.',
    )
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
      const { trainTokenizerFiles } = await import('../../tasks/verbs/tokenizer-train.ts');
      const { vocabSize, unknownCharacters } = await trainTokenizerFiles(files, out, options);
      const unknown = unknownCharacters.length > 0 ? `; ${unknownCharacters.length} rare characters have no token` : '';
      note(`${out}/tokenizer.json has ${vocabSize} tokens${unknown}`);
    });
};

const encode: Verb = (verbs) => {
  withLines(
    verbs
      .command('encode')
      .summary('token ids of lines of text')
      .description(
        'Reads one text per line and writes its token ids, separated by blanks. The folder needs a tokenizer, no model.',
      )
      .argument('<folder>', 'folder with tokenizer.json, or with the files of an older tokenizer')
      .option('--pair <file>', 'file with the second text of each pair, as many lines as there are first texts')
      .option('--max_length <n>', 'cut to n tokens, special ones included; of a pair, the longer text', wholeNumber(0))
      .option('--json', 'write one JSON object per line: ids, tokens, offsets, type_ids, attention_mask'),
  )
    .addHelpText(
      'after',
      exampleText([
        ['echo "the loom" | heddle tokenizer encode tokenizer', 'ids of a line'],
        ['heddle tokenizer encode bert --input a.txt --pair b.txt --max_length 128 --json', 'pairs, with offsets'],
      ]),
    )
    .action(async (folder: string, { allowUnsafePatterns, json = false, ...options }: EncodeCall) => {
      const { encodeLines } = await import('../../tasks/verbs/tokenizer-encode.ts');
      const { stdin } = process;
      await encodeLines(folder, { ...options, json, allow_unsafe_patterns: allowUnsafePatterns, stdin, print, note });
    });
};

const decode: Verb = (verbs) => {
  withLines(
    verbs
      .command('decode')
      .summary('text of lines of token ids')
      .description('Reads token ids, separated by blanks, and writes one text per line.')
      .argument('<folder>', 'folder with tokenizer.json, or with the files of an older tokenizer')
      .option('--skip_special_tokens', 'leave out special tokens such as [CLS] and </s>')
      .option('--json', 'write each text as a JSON string, which can hold line breaks'),
  )
    .addHelpText(
      'after',
      exampleText([
        ['echo "5 9 0" | heddle tokenizer decode tokenizer --skip_special_tokens', 'the text of three ids'],
        ['heddle tokenizer encode bert < a.txt | heddle tokenizer decode bert', 'what the tokenizer keeps of a text'],
      ]),
    )
    .action(async (folder: string, { allowUnsafePatterns, json = false, ...options }: DecodeCall) => {
      const { decodeLines } = await import('../../tasks/verbs/tokenizer-decode.ts');
      const { stdin } = process;
      await decodeLines(folder, { ...options, json, allow_unsafe_patterns: allowUnsafePatterns, stdin, print, note });
    });
};

/** The options of both directions. */
const withLines = (command: Command): Command =>
  command
    .option('--input <file>', 'file to read instead of stdin, plain or .gz')
    .option('--output <file>', 'file to write instead of stdout; appears only when complete')
    .option('--target', 'use target_tokenizer.json, where source and target have their own')
    .option(...unsafePatterns);
