import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import type { EncodingOptions } from '../../src/text/encode/encoder.ts';
import type { PaddingOptions } from '../../src/text/encode/padding.ts';
import { loadTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import type { TokenizerConfig, TokenizerJson } from '../../src/text/tokenizer-json.ts';

const golden = new URL('../golden/tokenizers/', import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, golden), 'utf8'));

type Text = string | readonly string[];
/** What `encodings/make.py` writes: a call, and what Hugging Face Tokenizers returned; null where it fails. */
type Row = { readonly text: Text; readonly expected: Readonly<Record<string, unknown>> | null } & EncodingOptions;
interface Rows {
  readonly texts: readonly (Row & { readonly text: string })[];
  readonly words: readonly Row[];
  readonly word_pairs: readonly Row[];
  readonly pairs: readonly Row[];
  readonly truncation?: readonly Row[];
}

/** Compares the fields that a row has. */
function check(tokenizer: Tokenizer, { text, expected, ...options }: Row, more: EncodingOptions = {}): void {
  const call = { ...options, ...more };
  if (expected === null) {
    expect(() => tokenizer.encoding(text, call), JSON.stringify([text, call])).toThrow(InputError);
    return;
  }
  const found = pick(tokenizer.encoding(text, call) as unknown as Readonly<Record<string, unknown>>, expected);
  expect([text, call, found]).toEqual([text, call, expected]);
}

function pick(found: Readonly<Record<string, unknown>>, like: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(like).map(([name, value]): [string, unknown] => {
    if (name !== 'overflowing') return [name, found[name]];
    const parts = found[name] as Readonly<Record<string, unknown>>[];
    const [first] = value as Readonly<Record<string, unknown>>[];
    return [name, parts.map((part) => pick(part, first ?? {}))];
  });
  return Object.fromEntries(entries);
}

function checkAll(tokenizer: Tokenizer, rows: Rows): void {
  for (const row of rows.texts) {
    check(tokenizer, row);
    expect([row.text, tokenizer.encode(row.text)]).toEqual([row.text, row.expected?.ids]);
  }
  for (const row of [...rows.words, ...rows.word_pairs]) check(tokenizer, row, { is_split_into_words: true });
  for (const row of rows.pairs) check(tokenizer, row);
}

const { parts } = read('encodings/parts.json') as {
  parts: Readonly<Record<string, Rows & { readonly json: TokenizerJson }>>;
};

it('has a golden for every kind of part', () => expect(Object.keys(parts)).toHaveLength(61));

describe.each(Object.entries(parts))('the part %s of a tokenizer.json', (_, { json, ...rows }) => {
  it('gives the ids, words and offsets of the Rust library for texts, pairs and words', () => {
    checkAll(loadTokenizer(json, {}), rows);
  });

  it('gives the same ids with and without offsets', () => {
    const tokenizer = loadTokenizer(json, {});
    const pieces = fc.constantFrom(
      ...[
        'a',
        'B',
        ' ',
        '  ',
        '가',
        '\u1100\u1161\u11a8',
        'e\u0301',
        '\u0323',
        'ﬁ',
        '漢',
        '👩‍👧',
        '<s>',
        '<m>',
        'foo',
        'é',
        '-',
        '.',
      ],
      ...['\u0001', '\u200b', '\u00a0', '\n', 'İ', 'Σ', '1', '▁'],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (all) => {
        const text = all.join('');
        expect([text, tokenizer.encode(text)]).toEqual([text, tokenizer.encoding(text).ids]);
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});

describe.each(['bert_cased', 'bert_uncased', 'gpt2', 'roberta', 't5'])('the tokenizer of %s', (name) => {
  const { eos_token, ...own }: TokenizerConfig = read(`${name}/tokenizer_config.json`);
  // GPT-2 names no padding token; its users take the end of text.
  const config = { pad_token: eos_token, eos_token, ...own };
  const tokenizer = loadTokenizer(read(`${name}/tokenizer.json`), config);
  const { padding, truncation = [], ...rows } = read(`encodings/${name}.json`) as Rows & { padding: PaddingRow[] };

  it('gives the ids, words and offsets of the Rust library for texts, pairs and words', () => {
    expect(rows.texts.length).toBeGreaterThanOrEqual(100);
    checkAll(tokenizer, rows);
  });

  it('cuts as the Rust library does: every strategy and side, with and without stride, all that overflows', () => {
    expect(truncation.length).toBe(72);
    for (const row of truncation) check(tokenizer, row, { return_overflowing_tokens: true });
  });

  it('offsets lie inside the text, in code points, in its order', () => {
    for (const { text } of rows.texts) {
      const length = [...text].length;
      for (const [start, end] of tokenizer.encoding(text).offsets) {
        expect([text, start <= end && end <= length]).toEqual([text, true]);
      }
    }
  });

  it('pads as the Rust library does', () => {
    expect(padding).toHaveLength(8);
    for (const { texts, expected, ...options } of padding) {
      const { padding_side, max_length, pad_to_multiple_of } = options;
      const call: PaddingOptions = {
        padding_side,
        ...(max_length === null ? {} : { padding: 'max_length', max_length }),
        ...(pad_to_multiple_of === null ? {} : { pad_to_multiple_of }),
      };
      const padded = tokenizer.pad(
        texts.map((text) => tokenizer.encoding(text)),
        call,
      );
      // The golden pads with id 0, "[PAD]".
      const { ids: _, tokens: __, ...last } = expected[0];
      expect([call, padded.map(({ ids }) => ids.length)]).toEqual([call, expected.map(({ ids }) => ids.length)]);
      expect(pick(padded[0] as never, last)).toEqual(last);
      const isPadded = padded[1].attention_mask.map((mask) => mask === 0);
      expect(isPadded).toContain(true);
      for (const [at, isPad] of isPadded.entries()) if (isPad) expect(padded[1].ids[at]).toBe(tokenizer.padId);
    }
  });
});

interface PaddingRow {
  readonly texts: readonly string[];
  readonly padding_side: 'left' | 'right';
  readonly max_length: number | null;
  readonly pad_to_multiple_of: number | null;
  readonly expected: readonly { readonly ids: readonly number[]; readonly tokens: readonly string[] }[];
}

describe('an encoding', () => {
  const json: TokenizerJson = read('bert_uncased/tokenizer.json');
  const bert = loadTokenizer(json, read('bert_uncased/tokenizer_config.json'));

  it('shows the first piece of each word, for labels of words', () => {
    const { word_ids, sequence_ids } = bert.encoding(['unbelievable', 'things', ''], { is_split_into_words: true });
    const firsts = word_ids.map((word, at) => word !== null && word !== word_ids[at - 1]);
    expect(firsts.filter(Boolean)).toHaveLength(2);
    expect([word_ids[0], word_ids.at(-1), sequence_ids[0]]).toEqual([null, null, null]);
  });

  it('of a pair has type ids, and knows which token is from which text', () => {
    const { type_ids, sequence_ids, ids } = bert.encoding('the', { text_pair: 'the' });
    expect(ids).toEqual([bert.clsId, ids[1], bert.sepId, ids[1], bert.sepId]);
    expect(type_ids).toEqual([0, 0, 0, 1, 1]);
    expect(sequence_ids).toEqual([null, 0, null, 1, null]);
  });

  it('is cut to model_max_length unless max_length says otherwise', () => {
    const short = loadTokenizer(json, { ...read('bert_uncased/tokenizer_config.json'), model_max_length: 5 });
    const text = 'the things of the world';
    expect(short.encoding(text, { truncation: true }).ids).toHaveLength(5);
    expect(short.encoding(text, { truncation: true, max_length: 4 }).ids).toHaveLength(4);
    expect(short.encoding(text).ids.length).toBeGreaterThan(5);
    expect(bert.encoding(text, { truncation: true }).ids).toEqual(bert.encode(text));
    expect(loadTokenizer(json, { model_max_length: 1e30 }).modelMaxLength).toBeNull();
  });

  it('is shortened without being read again to the ids that it is cut to, on either side', () => {
    const text = 'the things of the [MASK] world .';
    for (const truncation_side of ['left', 'right']) {
      const sided = loadTokenizer(json, { truncation_side });
      const whole = sided.encode(text);
      for (let max_length = 2; max_length <= whole.length + 1; max_length++) {
        const { ids } = sided.encoding(text, { truncation: true, max_length });
        expect(sided.shortened(whole, max_length)).toEqual(ids);
      }
      expect(sided.shortened(whole, whole.length)).toBe(whole);
      expect(() => sided.shortened(whole, 1)).toThrow('expected room for the 2 special tokens, got 1');
    }
  });

  it('is cut from the side that the files name, tokenizer_config.json before tokenizer.json', () => {
    const text = 'the things of the world .';
    const last = (made: Tokenizer) => made.encoding(text, { truncation: true, max_length: 3 }).tokens[1];
    const sided = { ...json, truncation: { direction: 'Left', max_length: 4, strategy: 'LongestFirst', stride: 0 } };
    expect(last(bert)).toBe('the');
    expect(last(loadTokenizer(json, { truncation_side: 'left' }))).toBe('.');
    expect(last(loadTokenizer(sided, {}))).toBe('.');
    expect(last(loadTokenizer(sided, { truncation_side: 'right' }))).toBe('the');
    expect(loadTokenizer(sided, {}).notes).toEqual([
      'tokenizer.json: its section truncation (max_length 4) acts only when a call truncates or pads, as in Transformers',
    ]);
    expect(bert.notes).toEqual([]);
  });

  it('is padded with the token and on the side that the files name', () => {
    const made = {
      ...json,
      padding: { direction: 'Left', pad_token: '[SEP]', pad_id: 3, pad_type_id: 0, strategy: 'BatchLongest' },
    };
    const batch = (tokenizer: Tokenizer) =>
      tokenizer.pad(['the the', 'the'].map((text) => tokenizer.encoding(text)))[1].tokens;
    expect(batch(loadTokenizer(made, {}))).toEqual(['[SEP]', '[CLS]', 'the', '[SEP]']);
    expect(batch(loadTokenizer(made, { pad_token: '[PAD]', padding_side: 'right' }))).toEqual([
      '[CLS]',
      'the',
      '[SEP]',
      '[PAD]',
    ]);
  });

  it('pads what overflowed too', () => {
    const long = bert.encoding('the the the', { truncation: true, max_length: 4, return_overflowing_tokens: true });
    const [padded] = bert.pad([long], { pad_to_multiple_of: 8 });
    expect([padded, ...padded.overflowing].map(({ ids }) => ids.length)).toEqual([8, 8]);
  });

  it('gives type ids of the template to overflowing parts, also where they are all 0', () => {
    // Rust gives 1 to what overflows of a second text, whatever the template says.
    const t5 = loadTokenizer(read('t5/tokenizer.json'), read('t5/tokenizer_config.json'));
    const cut = t5.encoding('one two three', {
      text_pair: 'four five',
      truncation: true,
      max_length: 6,
      return_overflowing_tokens: true,
    });
    expect(new Set(cut.overflowing.flatMap(({ type_ids }) => type_ids))).toEqual(new Set([0]));
  });

  it('knows its special tokens, and names the one that is missing', () => {
    expect(bert).toMatchObject({ clsId: 2, sepId: 3, maskId: 4, padId: 0, unkId: 1, bosId: null, usesTypeIds: true });
    expect(bert).toMatchObject({
      specialTokensToAdd: { single: 2, pair: 3 },
      modelMaxLength: 512,
      modelInputNames: null,
    });
    expect(bert.specialTokenId('mask_token')).toBe(4);
    expect(() => bert.specialTokenId('bos_token')).toThrow(
      'tokenizer: expected a bos_token, got none; tokenizer_config.json names it',
    );
    const gpt2 = loadTokenizer(read('gpt2/tokenizer.json'), {
      ...read('gpt2/tokenizer_config.json'),
      model_input_names: ['input_ids'],
    });
    expect(gpt2).toMatchObject({
      maskId: null,
      specialTokensToAdd: { single: 0, pair: 0 },
      modelInputNames: ['input_ids'],
    });
    expect(() => gpt2.pad([gpt2.encoding('a')])).toThrow('tokenizer: pad: expected a pad_token, got none');
  });

  it('of a tokenizer that has no form for pairs is refused', () => {
    const single = [{ Sequence: { id: 'A', type_id: 0 } }];
    for (const pair of [[], undefined, single]) {
      const lone = loadTokenizer(
        { ...json, post_processor: { type: 'TemplateProcessing', single, pair, special_tokens: {} } },
        {},
      );
      expect(lone.specialTokensToAdd).toEqual({ single: 0, pair: null });
      expect(() => lone.encoding('a', { text_pair: 'b' })).toThrow(
        'tokenizer: expected a single text, got a text_pair; the template of tokenizer.json has no pair',
      );
    }
  });

  const bad =
    (...call: unknown[]): (() => unknown) =>
    () =>
      Reflect.apply(bert.encoding, bert, call);
  it.each<[string, () => unknown, string]>([
    ['a number', bad(5), 'tokenizer: expected a text, got number'],
    [
      'a list without is_split_into_words',
      bad(['a']),
      'expected a text, got a list; is_split_into_words reads it as words',
    ],
    [
      'a text with is_split_into_words',
      bad('a', { is_split_into_words: true }),
      'is_split_into_words: expected a list of words, got a text',
    ],
    ['words that are no texts', bad(['a', 5], { is_split_into_words: true }), 'expected a text, got number'],
    [
      'an unknown option',
      bad('a', { max_lenght: 5 }),
      'tokenizer: encoding: unknown field "max_lenght"; did you mean "max_length"?',
    ],
    [
      'max_length without truncation',
      bad('a', { max_length: 5 }),
      'tokenizer: encoding: max_length needs truncation, got none',
    ],
    ['stride without truncation', bad('a', { stride: 5 }), 'stride needs truncation, got none'],
    [
      'a max_length below the special tokens',
      bad('a', { truncation: true, max_length: 1 }),
      'max_length: expected room for the 2 special tokens, got 1',
    ],
    [
      'a max_length below those of a pair',
      bad('a', { text_pair: 'b', truncation: true, max_length: 2 }),
      'room for the 3 special tokens, got 2',
    ],
    [
      'a stride as long as the room',
      bad('a', { truncation: true, max_length: 6, stride: 4 }),
      'stride: expected less than the 4 tokens of text in max_length 6, got 4',
    ],
    [
      'only_second without one',
      bad('a b c d', { truncation: 'only_second', max_length: 3 }),
      'only_second needs a text_pair, got none',
    ],
    [
      'a text that is too short for its cut',
      bad('a', { text_pair: 'a b c d e f', truncation: 'only_first', max_length: 6 }),
      'expected the first text to have more than the 4 tokens that only_first must remove, got 1; longest_first shortens both',
    ],
    [
      'an unknown strategy',
      bad('a', { truncation: 'shortest' }),
      'truncation: expected one of longest_first, only_first, only_second',
    ],
    [
      'a negative max_length',
      bad('a', { truncation: true, max_length: -1 }),
      'max_length: expected a number ≥ 0, got -1',
    ],
  ])('%s is refused', (_, call, message) => {
    expect(call).toThrow(InputError);
    expect(call).toThrow(message);
  });

  it.each<[TokenizerJson, TokenizerConfig, string]>([
    [{}, { model_max_length: '512' }, 'tokenizer_config.json: model_max_length: expected a number, got "512"'],
    [{}, { padding_side: 'up' }, 'tokenizer_config.json: padding_side: expected one of left, right, got "up"'],
    [{}, { model_input_names: 'input_ids' }, 'model_input_names: expected a list'],
    [{ truncation: 5 }, {}, 'tokenizer.json: truncation: expected a mapping of fields'],
    [{ padding: { direction: 'Up' } }, {}, 'tokenizer.json: padding.direction: expected one of Left, Right, got "Up"'],
  ])('files with %o %o are refused', (part, config, message) => {
    expect(() => loadTokenizer({ ...json, ...part }, config)).toThrow(message);
  });
});
