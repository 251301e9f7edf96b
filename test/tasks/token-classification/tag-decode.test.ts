import { describe, expect, test } from 'vitest';
import { checkConfig, inRole } from '../../../src/models/families/check-config.ts';
import { modelParameters } from '../../../src/models/families/setup.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { SharedWeights } from '../../../src/runtime/shared-weights.ts';
import { QueuedProgram } from '../../../src/tasks/model/queued-program.ts';
import { taggedScores } from '../../../src/tasks/token-classification/score.ts';
import { encodeTagged } from '../../../src/tasks/token-classification/tagged-words.ts';
import { taggerProgram } from '../../../src/tasks/token-classification/tagger.ts';
import { tagDecoder, type WordScores } from '../../../src/tasks/token-classification/tags/tag-decode.ts';
import { taggedSpans, taggedTokens } from '../../../src/tasks/token-classification/tags/tag-entity.ts';
import { readerOfWords } from '../../../src/tasks/token-classification/words/word-reader-word.ts';
import { characterVocabulary, wordVocabulary } from '../../../src/text/words/vocabulary-build.ts';
import { drawFloats } from '../../ops/draw.ts';

const labels = ['B-X', 'I-X', 'O'];
const text = {
  sentences: [
    { words: ['a', 'b', 'c', 'a'], tags: ['B-X', 'I-X', 'O', 'O'] },
    { words: ['b'], tags: ['O'] },
    { words: ['c', 'c'], tags: ['B-X', 'O'] },
  ],
  where: () => 'test',
  notes: [],
};
const reader = readerOfWords(wordVocabulary([['a', 'b']]), characterVocabulary(['a', 'b']));

function taggerOf(fields: Readonly<Record<string, unknown>>) {
  const setup = inRole(
    checkConfig(
      {
        model_type: 'recurrent_encoder',
        vocab_size: reader.size,
        character_vocab_size: reader.characterSize,
        character_hidden_size: 3,
        embedding_size: 4,
        hidden_size: 3,
        pad_token_id: 0,
        id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
        ...fields,
      },
      'test',
      { isStrict: true, role: 'token-classification' },
    ),
    'token-classification',
    'test',
  );
  const weights = new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => {
      const count = shape.reduce((n, size) => n * size, 1);
      return [name, drawFloats(`decode ${name}`, count).map((x) => 2 * x)];
    }),
  );
  return { model: setup.model, tokens: setup.tokens, weights };
}

const set = encodeTagged(text, labels, reader, Number.POSITIVE_INFINITY);
const maxTokens = 6;

async function scoresOf(
  { model, tokens, weights }: ReturnType<typeof taggerOf>,
  isStored: boolean,
): Promise<WordScores[]> {
  const backend = nodeBackend();
  const stored = new SharedWeights(backend, weights);
  const tagger = await QueuedProgram.make(taggerProgram, { model, tokens }, isStored ? stored : backend, maxTokens);
  try {
    return await tagger.submit(set.rows, isStored ? {} : { weights });
  } finally {
    await tagger.dispose();
    await stored.dispose();
  }
}

const every = (length: number): number[][] =>
  length === 0 ? [[]] : every(length - 1).flatMap((path) => labels.map((_, k) => [...path, k]));

/** May not stand: I-X first or after O. */
const isLegal = (path: readonly number[]): boolean => path.every((k, i) => k !== 1 || (i > 0 && path[i - 1] !== 2));

describe('a tagger with a CRF', () => {
  const made = taggerOf({ crf: true, tag_scheme: 'BIO' });
  const own = (name: string) => made.weights.get(`crf.${name}`) as Float32Array;
  const pathScore = ({ logits }: WordScores, path: readonly number[]) =>
    path.reduce(
      (sum, k, t) => sum + logits[t * 3 + k] + (t > 0 ? own('transitions')[path[t - 1] * 3 + k] : 0),
      own('start_transitions')[path[0]] + own('end_transitions')[path[path.length - 1]],
    );

  test('gives the best sequence that the scheme allows, each tag with its marginal probability', async () => {
    const scores = await scoresOf(made, true);
    const decoder = tagDecoder(made.model, made.weights);
    let forbidden = 0;
    scores.forEach((one, i) => {
      const paths = every(text.sentences[i].words.length);
      const chances = paths.map((path) => Math.exp(pathScore(one, path)));
      const whole = chances.reduce((sum, x) => sum + x, 0);
      const best = (among: number[][]) => among.reduce((a, b) => (pathScore(one, b) > pathScore(one, a) ? b : a));
      const wanted = best(paths.filter(isLegal));
      if (String(wanted) !== String(best(paths))) forbidden++;
      const found = decoder.decode(one);
      expect(found.map(({ id }) => id)).toEqual(wanted);
      found.forEach(({ id, score }, t) => {
        const share = paths.reduce((sum, path, p) => sum + (path[t] === id ? chances[p] : 0), 0) / whole;
        expect(score).toBeCloseTo(share, 5);
      });
      const gold = Array.from(set.rows[i].labels);
      expect(decoder.loss(one, set.rows[i].labels)).toBeCloseTo(Math.log(whole) - pathScore(one, gold), 4);
    });
    expect(forbidden).toBeGreaterThan(0);
  });

  test('has the same scores whether the engine holds the weights or gets them with each run', async () => {
    const [kept, given] = [await scoresOf(made, true), await scoresOf(made, false)];
    kept.forEach(({ logits }, i) => {
      logits.forEach((x, at) => expect(x).toBeCloseTo(given[i].logits[at], 5));
    });
  });

  test('is not decoded without the parameters of its CRF', () => {
    const { model } = taggerOf({ crf: true, tag_scheme: 'BIO' });
    expect(() => tagDecoder(model, new Map())).toThrow('model: parameter crf.start_transitions has no value');
  });

  test('is scored by its loss per sentence, its tags and its spans', async () => {
    const scores = await scoresOf(made, true);
    const decoder = tagDecoder(made.model, made.weights);
    const found = taggedScores(made.model, made.weights, set, scores, { isOfCharacters: false });
    const losses = scores.map((one, i) => decoder.loss(one, set.rows[i].labels));
    expect(found.loss).toBeCloseTo(losses.reduce((sum, x) => sum + x, 0) / 3, 10);
    expect(Object.keys(found)).toEqual(['loss', 'accuracy', 'f1', 'precision', 'recall', 'f1_macro', 'f1_signature']);
  });
});

describe('a tagger without a CRF', () => {
  const made = taggerOf({ tag_scheme: 'none' });

  test('gives each word its likeliest tag and that tag’s probability', async () => {
    const scores = await scoresOf(made, true);
    const decoder = tagDecoder(made.model, made.weights);
    for (const one of scores) {
      decoder.decode(one).forEach(({ id, score }, t) => {
        const row = Array.from(one.logits.subarray(3 * t, 3 * t + 3));
        const powers = row.map((x) => Math.exp(x));
        expect(row[id]).toBe(Math.max(...row));
        expect(score).toBeCloseTo(powers[id] / powers.reduce((sum, x) => sum + x, 0), 6);
      });
    }
    const found = taggedScores(made.model, made.weights, set, scores, { isOfCharacters: false });
    const words = scores.flatMap((one, i) => Array.from(set.rows[i].labels, (label, t) => [one, label, t] as const));
    const each = words.map(([one, label, t]) => {
      const row = one.logits.subarray(3 * t, 3 * t + 3);
      return Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[label];
    });
    expect(found.loss).toBeCloseTo(each.reduce((sum, x) => sum + x, 0) / words.length, 5);
    expect(Object.keys(found)).toEqual(['loss', 'accuracy']);
  });

  test('whose tags mark spans keeps to the scheme too', () => {
    const { model, weights } = taggerOf({ tag_scheme: 'BIO' });
    const logits = Float32Array.of(0, 2, 1, 0, 2, 1);
    expect(
      tagDecoder(model, weights)
        .decode({ logits })
        .map(({ id }) => labels[id]),
    ).toEqual(['B-X', 'I-X']);
  });
});

describe('a tagged line', () => {
  const line = {
    text: 'Kim Gu  met Lee',
    words: [
      { word: 'Kim', start: 0, end: 3 },
      { word: 'Gu', start: 4, end: 6 },
      { word: 'met', start: 8, end: 11 },
      { word: 'Lee', start: 12, end: 15 },
    ],
    tags: ['B-PS', 'I-PS', 'O', 'B-PS'].map((label, i) => ({ label, score: 1 - i / 10 })),
    cut: [],
    parts: 1,
  };

  test('is words with tags, counted from 1', () => {
    expect(taggedTokens(line)[1]).toEqual({ entity: 'I-PS', score: 0.9, index: 2, word: 'Gu', start: 4, end: 6 });
  });

  test('is spans with their mean score and place, and what is outside of them', () => {
    expect(taggedSpans(line, 'BIO')).toEqual([
      { entity_group: 'PS', score: 0.95, word: 'Kim Gu', start: 0, end: 6 },
      { entity_group: 'O', score: 0.8, word: 'met', start: 8, end: 11 },
      { entity_group: 'PS', score: 0.7, word: 'Lee', start: 12, end: 15 },
    ]);
  });

  test('whose tags mark no spans is runs of one tag', () => {
    const tags = ['PROPN', 'PROPN', 'VERB', 'PROPN'].map((label) => ({ label, score: 1 }));
    expect(taggedSpans({ ...line, tags }, 'none').map(({ entity_group, word }) => [entity_group, word])).toEqual([
      ['PROPN', 'Kim Gu'],
      ['VERB', 'met'],
      ['PROPN', 'Lee'],
    ]);
  });
});
