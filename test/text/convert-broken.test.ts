import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import type { Folder } from '../../src/io/folder.ts';
import { hasTokenizer, readTokenizer, tokenizerFilesIn } from '../../src/text/convert/read-tokenizer.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';

const golden = fileURLToPath(new URL('../golden/tokenizers/', import.meta.url));
const bytesOf = (path: string): Uint8Array => Uint8Array.from(readFileSync(`${golden}${path}`));

type Contents = Readonly<Record<string, string | Uint8Array | object>>;

/** A folder in memory; objects are written as JSON. */
function folderOf(contents: Contents): Folder {
  const encode = (content: string | Uint8Array | object): Uint8Array =>
    content instanceof Uint8Array
      ? content
      : new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
  return {
    name: 'model',
    has: async (file) => Object.hasOwn(contents, file),
    async read(file) {
      if (Object.hasOwn(contents, file)) return encode(contents[file]);
      throw new InputError(`model/${file}: no such file`);
    },
  };
}

async function load(contents: Contents) {
  const { source } = await readTokenizer(folderOf(contents));
  return loadTokenizer(source.json, source.config, { name: source.name });
}

const xlmRoberta = { 'config.json': { model_type: 'xlm-roberta' } };
const model = bytesOf('convert/xlm_roberta/sentencepiece.bpe.model');
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const vocabulary = [...special, 'the', 'loom', '##s'];
const bert = { 'config.json': { model_type: 'bert' } };
const lines = (tokens: readonly string[]): string => `${tokens.join('\n')}\n`;

/** A ModelProto of pieces, each with its score and type. */
function proto(
  pieces: readonly (readonly [string, number, number])[],
  trainer: readonly (readonly [number, number])[],
) {
  const writer = new BinaryWriter();
  for (const [piece, score, type] of pieces) {
    writer.tag(1, 2).fork().tag(1, 2).string(piece).tag(2, 5).float(score).tag(3, 0).int32(type).join();
  }
  writer.tag(2, 2).fork();
  for (const [field, value] of trainer) writer.tag(field, 0).int32(value);
  return writer.join().finish();
}

const small = (...more: readonly (readonly [string, number, number])[]) =>
  [['<unk>', 0, 2], ['<s>', 0, 3], ['</s>', 0, 3], ['▁a', -1, 1], ...more] as const;

describe('a SentencePiece model', () => {
  const withModel = (bytes: Uint8Array) => load({ ...xlmRoberta, 'sentencepiece.bpe.model': bytes });

  it.each([1, 10, 1000, model.length - 1])('that is torn after %d bytes is refused', async (length) => {
    await expect(withModel(model.slice(0, length))).rejects.toThrow(
      'model/sentencepiece.bpe.model: expected a SentencePiece model, got',
    );
  });

  it('that is another protobuf, or none, is refused', async () => {
    const onnx = new BinaryWriter().tag(1, 0).int64(9).tag(2, 2).string('heddle').finish();
    for (const bytes of [onnx, new Uint8Array([0xff, 0xff, 0xff]), bytesOf('gpt2/merges.txt')]) {
      await expect(withModel(bytes)).rejects.toThrow(/^model\/sentencepiece.bpe.model: expected a SentencePiece model/);
    }
  });

  it.each([
    ['of words', proto(small(), [[3, 3]]), 'model_type: expected unigram (1) or BPE (2), got 3'],
    ['whose unknown piece is not in it', proto(small(), [[40, 9]]), 'unk_id: expected an id in [0, 4), got 9'],
    ['with a piece twice', proto(small(['▁a', -2, 1]), []), 'expected each piece once, got "▁a" at ids 3 and 4'],
    ['with an empty piece', proto(small(['', -2, 1]), []), 'expected a text for each piece, got none, at id 4'],
    ['with a score that is no number', proto(small(['b', NaN, 1]), []), 'expected a finite score, got NaN, at id 4'],
    ['with a piece of an unknown type', proto(small(['b', -2, 9]), []), 'type: expected 1 to 6, got 9, at id 4'],
    ['that marks the end of words', proto(small(), [[24, 1]]), 'treat_whitespace_as_suffix is not supported'],
  ])('%s is refused', async (_, bytes, message) => {
    await expect(withModel(bytes)).rejects.toThrow(`model/sentencepiece.bpe.model: ${message}`);
  });

  it('whose table is torn is refused', async () => {
    const { json, config } = await (await readTokenizer(folderOf({ ...xlmRoberta, 'sentencepiece.bpe.model': model })))
      .source;
    for (const charsmap of ['AAAA', '!', btoa('\xff\xff\xff\x00abcd'), btoa('\x03\x00\x00\x00abcd')]) {
      const normalizer = { type: 'Precompiled', precompiled_charsmap: charsmap };
      expect(() => loadTokenizer({ ...json, normalizer }, config)).toThrow(InputError);
    }
  });
});

describe('a vocab.txt', () => {
  it('with an empty line and a repeated one gives ids as Transformers does', async () => {
    const tokenizer = await load({ ...bert, 'vocab.txt': lines([...vocabulary, '', 'the', 'x']) });
    expect(tokenizer.encode('the looms x')).toEqual([2, 9, 6, 7, 10, 3]);
  });

  it('of any line ends gives the same ids', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const tokenizer = await load({ ...bert, 'vocab.txt': vocabulary.join(end) });
      expect(tokenizer.encode('the looms')).toEqual([2, 5, 6, 7, 3]);
    }
  });

  it.each(['[UNK]', '[CLS]', '[SEP]'])('without %s is refused', async (token) => {
    const rest = lines(vocabulary.filter((one) => one !== token));
    const role = `${token.slice(1, -1).toLowerCase()}_token`;
    await expect(load({ ...bert, 'vocab.txt': rest })).rejects.toThrow(
      `model/vocab.txt: expected ${role} to be in the vocabulary, got "${token}"`,
    );
  });

  it('without [MASK] has no such token, unless a file names it', async () => {
    const rest = { ...bert, 'vocab.txt': lines(vocabulary.filter((token) => token !== '[MASK]')) };
    expect((await load(rest)).encode('the')).toEqual([2, 4, 3]);
    await expect(load({ ...rest, 'special_tokens_map.json': { mask_token: '[MASK]' } })).rejects.toThrow(
      'model/vocab.txt: expected mask_token to be in the vocabulary, got "[MASK]"',
    );
  });

  it('and files that give a token another id are refused', async () => {
    const added = { 'added_tokens.json': { loom: 9 } };
    await expect(load({ ...bert, ...added, 'vocab.txt': lines(vocabulary) })).rejects.toThrow(
      'model/vocab.txt: expected "loom" at the id that other files give it, 9, got 6',
    );
  });

  it('and added tokens of one id are refused', async () => {
    const added = { 'added_tokens.json': { a: 9, b: 9 } };
    await expect(load({ ...bert, ...added, 'vocab.txt': lines(vocabulary) })).rejects.toThrow(
      'model/added_tokens.json: expected an id for each token, got 9 for "a" and "b"',
    );
  });

  it('that lists the pieces of a SentencePiece model is refused, and the model named', async () => {
    const pieces = lines([...special, '▁한국', '어', '▁모델', '을', '▁the', '▁a']);
    await expect(load({ ...bert, 'vocab.txt': pieces })).rejects.toThrow(
      'model/vocab.txt: expected pieces of WordPiece, such as "##s", got those of SentencePiece, such as "▁한국"; give the model as spiece.model, with its tokenizer_class in tokenizer_config.json',
    );
    await load({ ...bert, 'vocab.txt': lines([...special, '▁', 'a', '##a']) });
  });

  it('of property-like names is a vocabulary as any other', async () => {
    const names = ['constructor', '__proto__', 'tostring'];
    const tokenizer = await load({ ...bert, 'vocab.txt': lines([...special, ...names, '_', '##_']) });
    expect(tokenizer.encode('constructor toString')).toEqual([2, 5, 7, 3]);
  });
});

describe('vocab.json and merges.txt', () => {
  const gpt2 = { 'config.json': { model_type: 'gpt2' } };
  const vocab = { t: 0, h: 1, th: 2, '<|endoftext|>': 3 };

  it.each([
    ['t h\nth e\n', 'model/merges.txt:2: expected tokens of vocab.json, got "e"'],
    ['#version: 0.2\nh t\n', 'model/merges.txt:2: expected tokens of vocab.json, got "ht"'],
    ['t h\n\nh h\n', 'model/merges.txt:2: expected two tokens with a blank between, got ""'],
    ['t h th\n', 'model/merges.txt:1: expected two tokens with a blank between, got "t h th"'],
  ])('that disagree are refused: %j', async (merges, message) => {
    await expect(load({ ...gpt2, 'vocab.json': vocab, 'merges.txt': merges })).rejects.toThrow(message);
  });

  it('keep a first merge that has no version before it', async () => {
    for (const start of ['', '#version: 0.2\n']) {
      const tokenizer = await load({ ...gpt2, 'vocab.json': vocab, 'merges.txt': `${start}t h\n` });
      expect(tokenizer.encode('th')).toEqual([2]);
    }
  });

  it('with an id twice are refused', async () => {
    await expect(load({ ...gpt2, 'vocab.json': { ...vocab, x: 2 }, 'merges.txt': 't h\n' })).rejects.toThrow(
      'expected an id for each token, got 2 for "th" and "x"',
    );
  });
});

describe('a folder of a tokenizer', () => {
  it.each<[string, Contents, string]>([
    ['with nothing', {}, 'model: expected tokenizer.json, or tokenizer_class in tokenizer_config.json with the files'],
    ['with a model of SentencePiece alone', { 'spiece.model': model }, 'got spiece.model'],
    ['with merges alone', { 'vocab.json': {}, 'merges.txt': '' }, 'got vocab.json, merges.txt'],
    [
      'of a class that needs a tokenizer.json',
      { 'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast' }, 'vocab.txt': 'a' },
      'model: expected tokenizer.json, which PreTrainedTokenizerFast needs; without it, tokenizer_class is one of Bert',
    ],
    [
      'without the files of its class',
      { 'tokenizer_config.json': { tokenizer_class: 'BertTokenizerFast' }, 'spiece.model': model },
      'model: expected tokenizer.json, or vocab.txt of BertTokenizer, got spiece.model',
    ],
    [
      'without the files of its model_type',
      { 'config.json': { model_type: 't5' } },
      'model: expected tokenizer.json, or spiece.model of T5Tokenizer, got none of its files',
    ],
    [
      'of an unknown model_type',
      { 'config.json': { model_type: 'mamba' } },
      'tokenizer_class in tokenizer_config.json for the model_type "mamba" with the files of that class, got none',
    ],
  ])('%s is refused, and told what it needs', async (_, contents, message) => {
    await expect(load(contents)).rejects.toThrow(message);
  });

  it('is taken for BERT with vocab.txt alone', async () => {
    const contents = { 'vocab.txt': lines(vocabulary) };
    expect((await load(contents)).encode('The looms')).toEqual([2, 5, 6, 7, 3]);
    expect(await hasTokenizer(folderOf(contents))).toBe(true);
    expect(await hasTokenizer(folderOf({ 'vocab.json': {} }))).toBe(false);
  });

  it('lists the files that are copied with a model', async () => {
    const contents = { 'vocab.txt': 'a', 'tokenizer_config.json': {}, 'added_tokens.json': {}, 'config.json': {} };
    const files = await tokenizerFilesIn(folderOf({ ...contents, 'model.safetensors': new Uint8Array(8) }));
    expect(files.sort()).toEqual(['added_tokens.json', 'tokenizer_config.json', 'vocab.txt']);
  });

  it('of mBART with an unknown language is refused', async () => {
    const config = { tokenizer_class: 'MBartTokenizer', src_lang: 'xx_XX' };
    await expect(load({ 'tokenizer_config.json': config, 'sentencepiece.bpe.model': model })).rejects.toThrow(
      'model/tokenizer_config.json: src_lang: expected one of ar_AR',
    );
  });

  it('with a setting that its class does not have is refused', async () => {
    const config = { tokenizer_class: 'XLMRobertaTokenizer', add_prefix_space: false };
    await expect(load({ 'tokenizer_config.json': config, 'sentencepiece.bpe.model': model })).rejects.toThrow(
      'model/tokenizer_config.json: add_prefix_space: expected true for this class, got false',
    );
  });

  it.each([
    [
      { do_basic_tokenize: false },
      'do_basic_tokenize: expected true; fast tokenizers always split words first, got false',
    ],
    [{ never_split: ['x'] }, 'never_split: expected no tokens, which fast tokenizers ignore, got a list'],
    [{ do_lower_case: 'yes' }, 'do_lower_case: expected true or false, got "yes"'],
  ])('of BERT with %j is refused', async (config, message) => {
    const contents = { ...bert, 'vocab.txt': lines(vocabulary), 'tokenizer_config.json': config };
    await expect(load(contents)).rejects.toThrow(`model/tokenizer_config.json: ${message}`);
  });

  it('of Marian that samples its pieces is refused', async () => {
    const config = { tokenizer_class: 'MarianTokenizer', sp_model_kwargs: { enable_sampling: true } };
    const spm = bytesOf('marian/source.spm');
    const contents = { 'tokenizer_config.json': config, 'source.spm': spm, 'target.spm': spm, 'vocab.json': {} };
    await expect(load(contents)).rejects.toThrow(
      'model/tokenizer_config.json: unknown field "enable_sampling" in sp_model_kwargs',
    );
  });

  it('of Marian without a token for each id is refused', async () => {
    const spm = bytesOf('marian/source.spm');
    const contents = { 'source.spm': spm, 'target.spm': spm, 'vocab.json': { '</s>': 0, '<unk>': 1, '<pad>': 3 } };
    await expect(load(contents)).rejects.toThrow('model/vocab.json: expected a token for each id, got none for 2');
  });
});
