import { cp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { InputError } from '../../../src/io/error.ts';
import { loadModel } from '../../../src/models/folder/load.ts';
import { pipeline, type TokenClassificationPipeline } from '../../../src/tasks/index.ts';
import type { Recipe } from '../../../src/tasks/recipe/schema.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { modelInfo } from '../../../src/tasks/verbs/info.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { SmallRun } from '../small-run.ts';
import { entitySample } from '../task-sample.ts';
import { characterLines, conlluLines, entityLines, taggedSentences } from './tagged-lines.ts';

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(entitySample);
  await run.write('data/train.conllu', conlluLines(taggedSentences(200, 1)));
  await run.write('data/test.conllu', conlluLines(taggedSentences(20, 3)));
  await run.write('data/train.char', characterLines(taggedSentences(200, 1)));
  await run.write('data/test.char', characterLines(taggedSentences(20, 3)));
});
afterAll(() => run.remove());

const said: string[] = [];
const say = (message: string) => void said.push(message);
const long = ['train.max_steps=120', 'train.eval_steps=60', 'train.save_steps=120', 'train.learning_rate=0.02'];
const split = (name: string) =>
  `data={ root: ${run.at('data')}, train: { file: train.${name} }, test: { file: test.${name} } }`;

describe('words and their characters under a CRF', () => {
  beforeAll(async () => {
    said.length = 0;
    await run.train('words', long, { say });
  });

  test('learn spans of names and places', async () => {
    const metrics = await run.json('words/eval_results.json');
    expect(metrics.test_f1).toBeGreaterThan(0.95);
    expect(metrics.test_f1_signature).toMatch(/mode:default/);
    expect(said[0]).toMatch(
      /^data: 200 sentences to train on, 5 tags that mark spans in BIO, vocabulary of \d+ tokens and \d+ characters$/,
    );
  });

  test('keep labels and scheme in config.json', async () => {
    const { config, architecture, parameters } = await loadModel(diskFolder(run.at('words')));
    expect(architecture).toBe('HeddleRecurrentEncoderForTokenClassification');
    expect(config).toMatchObject({ tag_scheme: 'BIO', crf: true, id2label: { 0: 'B-LC', 4: 'O' }, num_labels: 5 });
    expect(parameters.get('crf.transitions')).toHaveLength(25);
    const { names } = await run.json('words/word_vocabulary.json');
    const { vocabulary } = await modelInfo(diskFolder(run.at('words')));
    expect(vocabulary).toEqual({ source: names.length, target: names.length });
  });

  test('give words with tags, or spans, of one text or of several', async () => {
    const tag = await pipeline('token-classification', run.at('words'));
    const words = await tag('Grace Hopper met Lee in New York');
    expect(words.map(({ entity, index, word }) => [index, word, entity])).toEqual([
      [1, 'Grace', 'B-PS'],
      [2, 'Hopper', 'I-PS'],
      [4, 'Lee', 'B-PS'],
      [6, 'New', 'B-LC'],
      [7, 'York', 'I-LC'],
    ]);
    for (const { score } of words) expect(score).toBeGreaterThan(0.5);
    const [spans, none] = await tag(['홍 길동 saw 서울 역', ''], { aggregation_strategy: 'simple' });
    expect(spans.map(({ score: _, ...span }) => span)).toEqual([
      { entity_group: 'PS', word: '홍 길동', start: 0, end: 4 },
      { entity_group: 'LC', word: '서울 역', start: 9, end: 13 },
    ]);
    expect(none).toEqual([]);
    expect(await tag('the film', { ignore_labels: [] })).toHaveLength(2);
    await expect(tag('x', { aggregation_strategy: 'first' as 'simple' })).rejects.toThrow(
      /aggregation_strategy: expected one of none, simple, got "first"/,
    );
    await expect(tag([1] as unknown as string[])).rejects.toThrow(InputError);
    const [torn] = await tag('\ud83d met', { ignore_labels: [] });
    expect(torn.word).toBe('\ufffd');
    const [, tornWord] = await tag(['met', '\ud83d'], { ignore_labels: [], is_split_into_words: true });
    expect(tornWord).toMatchObject({ word: '\ufffd', start: 4, end: 5 });
    await tag.dispose();
  });

  test('are scored strictly on request', async () => {
    const data = [run.at('data/test.tsv')];
    const { metrics } = await evaluateFiles(run.at('words'), { data, settings: ['train.seqeval_scheme=IOB2'] });
    expect(metrics.eval_f1_signature).toMatch(/mode:strict.*scheme:IOB2/);
  });

  test('predict one tag per word, and what a setting selects in JSON', async () => {
    const call = { json: true, stdin: lines('Lee met Kim Gu'), print: async () => undefined, note: () => undefined };
    let text = '';
    const print = async (more: string) => void (text += more);
    await predictLines(run.at('words'), { ...call, json: false, settings: [], print, stdin: lines('Lee met Kim Gu') });
    await predictLines(run.at('words'), { ...call, settings: ['aggregation_strategy=simple'], print });
    const [plain, json] = text.split('\n');
    expect(plain).toBe('B-PS O B-PS I-PS');
    expect(JSON.parse(json).map(({ word }: { word: string }) => word)).toEqual(['Lee', 'Kim Gu']);
    const wrong = predictLines(run.at('words'), { ...call, settings: ['aggregation=simple'] });
    await expect(wrong).rejects.toThrow(/--set: unknown field "aggregation"/);
  });

  test('refuse tags that they have not learnt, with their place', async () => {
    await run.write('data/other.tsv', 'a\tO\nb\tB-XX\n');
    const scored = evaluateFiles(run.at('words'), { data: [run.at('data/other.tsv')], settings: [] });
    await expect(scored).rejects.toThrow(/other\.tsv:2: expected one of the tags of training .*, got "B-XX"/);
  });

  test('need their vocabularies', async () => {
    const copied = await run.train('broken', ['train.max_steps=1']);
    await rm(`${copied.out}/character_vocabulary.json`);
    await expect(pipeline('token-classification', copied.out)).rejects.toThrow(
      /character_vocabulary\.json: expected at most \d+ characters, got none/,
    );
    await rm(`${copied.out}/word_vocabulary.json`);
    await expect(pipeline('token-classification', copied.out)).rejects.toThrow(
      /a tagger needs word_vocabulary\.json, character_vocabulary\.json or tokenizer\.json, got none/,
    );
  });
});

async function* lines(...texts: string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(texts.map((text) => `${text}\n`).join(''));
}

describe('raw text', () => {
  const aggregated = { aggregation_strategy: 'simple' } as const;
  let tag: TokenClassificationPipeline;
  beforeAll(async () => {
    tag = await pipeline('token-classification', run.at('words'));
  });
  afterAll(() => tag?.dispose());

  test('is split from its punctuation, spans where they stand', async () => {
    const plain = 'the 😀 met Kim Gu. Lee saw Seoul.';
    const spans = await tag(plain, aggregated);
    expect(spans.map(({ word }) => word)).toEqual(['Kim Gu', 'Lee', 'Seoul']);
    for (const { word, start, end } of spans) expect(plain.slice(start, end)).toBe(word);
    const text = '😀 "Lee met (in Seoul), Kim Gu."';
    const words = await tag(text, { ignore_labels: [] });
    expect(words.map(({ word }) => word)).toEqual([...'😀 " Lee met ( in Seoul ) , Kim Gu . "'.split(' ')]);
    for (const { word, start, end } of words) expect(text.slice(start, end)).toBe(word);
  });

  test('given as words is not split', async () => {
    const words = ['Lee', 'saw', 'Seoul.', 'U.S.-based'];
    const split = { is_split_into_words: true, ignore_labels: [] } as const;
    const tagged = await tag(words, split);
    expect(tagged.map(({ word, start, end }) => [word, start, end])).toEqual([
      ['Lee', 0, 3],
      ['saw', 4, 7],
      ['Seoul.', 8, 14],
      ['U.S.-based', 15, 25],
    ]);
    expect(await tag([words, ['Lee']], split)).toEqual([tagged, await tag(['Lee'], split)]);
    const spans = await tag(['Kim', 'Gu'], { ...aggregated, is_split_into_words: true });
    expect(spans).toMatchObject([{ entity_group: 'PS', word: 'Kim Gu', start: 0, end: 6 }]);
    expect(await tag([], split)).toEqual([]);
    await expect(tag(['Lee', ' '], split)).rejects.toThrow(
      /expected words that are not blank, got " ", at word 1 of 0/,
    );
    await expect(tag(['Lee', ['Kim']] as unknown as string[], split)).rejects.toThrow(
      /is_split_into_words: expected a list of words, got string, at 0/,
    );
    await expect(tag([['Kim', 'Gu']] as never)).rejects.toThrow(
      'token-classification: expected texts, got a list, at 0 (lists of words need is_split_into_words: true)',
    );
    await expect(tag('Kim', { ignore_labels: 'O' as never })).rejects.toThrow(
      'token-classification: ignore_labels: expected a list of labels, got "O"',
    );
    await expect(tag('Lee' as unknown as string[], split)).rejects.toThrow(/expected a list of words, got string/);
  });

  test('is split only at blanks if the recipe says so, or a setting for a line of words', async () => {
    const { out } = await run.train('blanks', ['train.max_steps=1', 'tokenizer.pre_tokenizer=whitespace']);
    const blanks = await pipeline('token-classification', out);
    const all = { ignore_labels: [] };
    expect((await blanks('Lee saw Seoul.', all)).map(({ word }) => word)).toEqual(['Lee', 'saw', 'Seoul.']);
    await blanks.dispose();
    let text = '';
    const print = async (more: string) => void (text += more);
    const call = { json: false, print, note: () => undefined };
    const split = ['is_split_into_words=true'];
    await predictLines(run.at('words'), { ...call, settings: [], stdin: lines('Lee saw Seoul.') });
    await predictLines(run.at('words'), { ...call, settings: split, stdin: lines('Lee saw Seoul.') });
    expect(text.split('\n').map((line) => line.split(' ').length)).toEqual([4, 3, 1]);
  });

  test('of a folder made before is split by Unicode’s rules', async () => {
    const before = await run.json('words/heddle.json');
    expect(before.recipe.tokenizer).not.toHaveProperty('pre_tokenizer');
    await cp(run.at('words'), run.at('foreign'), { recursive: true });
    await run.write(
      'foreign/heddle.json',
      JSON.stringify({ ...before, recipe: { tokenizer: { pre_tokenizer: 'x' } } }),
    );
    await expect(pipeline('token-classification', run.at('foreign'))).rejects.toThrow(
      /heddle\.json recipe: tokenizer\.pre_tokenizer: expected one of unicode, whitespace, character, got "x"/,
    );
    await rm(run.at('foreign/heddle.json'));
    const foreign = await pipeline('token-classification', run.at('foreign'));
    expect((await foreign('Seoul.', { ignore_labels: [] })).map(({ word }) => word)).toEqual(['Seoul', '.']);
    await foreign.dispose();
  });

  test('that training has with punctuation on its words is reported', async () => {
    const attached = entityLines(
      taggedSentences(50, 1).map((words) => words.map((one) => ({ ...one, word: `${one.word.replace('.', 'x')},` }))),
    );
    await run.write('data/attached.tsv', attached);
    const notes = async (...settings: string[]) => {
      const found: string[] = [];
      const short = [
        'data.train.file=attached.tsv',
        'data.validation.file=attached.tsv',
        'data.test=null',
        'train.max_steps=1',
      ];
      await run.train(`attached${settings.length}`, [...short, ...settings], { say: (line) => void found.push(line) });
      return found.filter((line) => line.includes('pre_tokenizer'));
    };
    expect(await notes()).toEqual([
      expect.stringMatching(
        /^data: \d+ training words such as ".+," would be split when raw text is tagged; tokenizer\.pre_tokenizer: whitespace keeps them whole$/,
      ),
    ]);
    expect(await notes('tokenizer.pre_tokenizer=whitespace')).toEqual([]);
    expect(said.filter((line) => line.includes('pre_tokenizer'))).toEqual([]);
  });

  test('is tagged by ner, the alias of transformers.js', async () => {
    const ner = await pipeline('ner', run.at('words'));
    expect(ner.task).toBe('token-classification');
    expect(await ner('Lee saw Seoul.')).toEqual(await tag('Lee saw Seoul.'));
    await ner.dispose();
  });

  test('refuses an unknown option', async () => {
    await expect(tag('x', { ignore_label: [] } as object)).rejects.toThrow(
      /token-classification: unknown option "ignore_label"; did you mean "ignore_labels"\?/,
    );
  });
});

describe('pieces of words under a Transformer', () => {
  const settings = () => [
    ...long.filter((setting) => !/rate|eval/.test(setting)),
    'train.eval_steps=null',
    split('conllu'),
    'train.learning_rate=0.005',
    'tokenizer={ kind: bpe, vocab_size: 60, byte_level: false }',
    'model={ model_type: transformer_encoder, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 64, max_position_embeddings: 24, dropout: 0 }',
    'train.word_dropout=0',
  ];
  beforeAll(async () => {
    said.length = 0;
    await run.train('pieces', settings(), { say });
  });

  test.each(['train.seqeval_scheme=IOB2', 'data.repair_tags=true'])(
    'are not scored with a setting about spans: %s',
    async (setting) => {
      const call = { data: [run.at('data/test.conllu')], settings: [setting] };
      await expect(evaluateFiles(run.at('pieces'), call)).rejects.toThrow(
        `evaluate --set ${setting.split('=')[0]}: not used if tags do not mark spans; remove it`,
      );
    },
  );

  test('learn parts of speech from a column of CoNLL-U, and are scored without spans', async () => {
    const metrics = await run.json('pieces/eval_results.json');
    expect(metrics.test_accuracy).toBeGreaterThan(0.9);
    const names = Object.keys(metrics).filter((name) => !name.endsWith('_runtime'));
    expect(names.sort()).toEqual(['test_accuracy', 'test_loss', 'test_samples']);
    const { metrics: again } = await evaluateFiles(run.at('pieces'), {
      data: [run.at('data/test.conllu')],
      settings: ['data.columns.tag=upos'],
    });
    expect(again.eval_accuracy).toBe(metrics.test_accuracy);
  });

  test('tag a text longer than the positions in parts, and say so', async () => {
    expect(said.some((line) => /sentences divided, longer than/.test(line))).toBe(true);
    const words = Array.from({ length: 30 }, (_, i) => ['Lee', 'saw', '부산'][i % 3]);
    const notes: string[] = [];
    let text = '';
    await predictLines(run.at('pieces'), {
      json: false,
      settings: [],
      stdin: lines(words.join(' ')),
      print: async (more) => void (text += more),
      note: (line) => void notes.push(line),
    });
    expect(text.trim().split(' ')).toHaveLength(30);
    expect(notes).toEqual([expect.stringMatching(/^stdin:1: read in \d+ parts of at most 24 tokens$/)]);
    const tag = await pipeline('token-classification', run.at('pieces'));
    const [cut, whole] = await tag(`${'Lee'.repeat(40)} saw`, { ignore_labels: [] });
    expect([cut.is_truncated, whole.is_truncated]).toEqual([true, undefined]);
    await tag.dispose();
  });
});

describe('characters as words', () => {
  test('learn spans, and are scored without blanks, by characters too', async () => {
    const unread = ['train.eval_steps', 'model.character_embedding_size', 'model.character_hidden_size'];
    const settings = [...long, split('char'), 'tokenizer={ kind: char }', ...unread.map((field) => `${field}=null`)];
    const { metrics } = await run.train('characters', settings);
    expect(metrics.test_f1).toBeGreaterThan(0.9);
    expect(Object.keys(metrics)).toContain('test_f1_character');
    const tag = await pipeline('token-classification', run.at('characters'));
    const spans = await tag('세종 met 홍 길동', { aggregation_strategy: 'simple' });
    expect(spans.map(({ word }) => word)).toEqual(['세종', '홍 길동']);
    const text = '세종 met 홍 길동'.normalize('NFD');
    const same = await tag(text, { aggregation_strategy: 'simple' });
    expect(same.map(({ word }) => word.normalize('NFC'))).toEqual(['세종', '홍 길동']);
    for (const { word, start, end } of same) expect(text.slice(start, end)).toBe(word);
    const given = { is_split_into_words: true, aggregation_strategy: 'simple' } as const;
    expect(await tag([...'세종 met 홍 길동'], given)).toEqual(spans);
    await expect(tag(['세종'], given)).rejects.toThrow(/expected characters, got "세종", at word 0 of 0/);
    await tag.dispose();
  });
});

test('a way to split is refused where characters are the words', () => {
  expect(() => run.recipe('tokenizer={ kind: char, pre_tokenizer: whitespace }')).toThrow(
    /pre_tokenizer: expected none with kind char, whose words are characters/,
  );
});

describe('tags that break their scheme', () => {
  test('are corrected on request', async () => {
    // Spans that begin with I, as of old.
    const old = entityLines(taggedSentences(200, 1)).replaceAll('B-', 'I-');
    await run.write('data/old.tsv', old);
    const messages: string[] = [];
    const settings = ['data.train.file=old.tsv', 'data.repair_tags=true', 'train.max_steps=1'];
    await run.train('repaired', settings, { say: (message) => void messages.push(message) });
    expect(messages).toContainEqual(expect.stringMatching(/^data: \d+ tags corrected to BIO$/));
    const { id2label } = await run.json('repaired/config.json');
    expect(Object.values(id2label)).toEqual(['B-LC', 'B-PS', 'I-LC', 'I-PS', 'O']);
    const { notes } = await evaluateFiles(run.at('repaired'), { data: [run.at('data/old.tsv')], settings: [] });
    expect(notes).toEqual([expect.stringMatching(/^\d+ tags corrected to BIO$/)]);
  });
});

describe('vectors of words', () => {
  test('initialize their rows; other rows are drawn as without them', async () => {
    const numbers = Array.from({ length: 12 }, (_, i) => i / 8);
    await run.write(
      'data/vectors.txt',
      `seoul ${numbers.join(' ')}\n부산 ${numbers.map((x) => -x).join(' ')}\nelse ${numbers.join(' ')}\n`,
    );
    const rate = ['train.max_steps=1', 'train.learning_rate=1e-30'];
    const messages: string[] = [];
    await run.train('vectors', [...rate, 'tokenizer.vectors=vectors.txt'], { say: (line) => void messages.push(line) });
    await run.train('drawn', rate);
    expect(messages).toContain('data: 2 words start from vectors of the file');
    const { names } = await run.json('vectors/word_vocabulary.json');
    const [begun, drawn] = await Promise.all(
      ['vectors', 'drawn'].map(async (out) => {
        const { parameters } = await loadModel(diskFolder(run.at(out)));
        const table = parameters.get('model.embed_tokens.weight') ?? new Float32Array();
        return (word: string) => Array.from(table.subarray(12 * names.indexOf(word), 12 * names.indexOf(word) + 12));
      }),
    );
    expect(begun('seoul')).toEqual(numbers);
    expect(begun('부산')).toEqual(numbers.map((x) => 0 - x));
    expect(begun('met')).toEqual(drawn('met'));
    expect(drawn('seoul')).not.toEqual(numbers);
  });
});

test('a recipe keeps its tokenizer settings', () => {
  const recipe = run.recipe() as Recipe<'token-classification'>;
  expect(recipe.tokenizer).toMatchObject({ kind: 'word', lowercase: true, min_frequency: 1 });
  expect(recipe.tokenizer.vocab_size).toBeUndefined();
});
