import { describe, expect, test } from 'vitest';
import { input, interpret, type Value, value } from '../../../src/graph/index.ts';
import { checkConfig, inRole } from '../../../src/models/families/check-config.ts';
import { traceLoss } from '../../../src/models/heads/terms/loss.ts';
import type { LossOptions } from '../../../src/models/heads/terms/term.ts';
import { Trace } from '../../../src/nn/index.ts';
import { drawFloats } from '../../ops/draw.ts';

const labels = ['A', 'B', 'C'];

const modelOf = (fields: Readonly<Record<string, unknown>>) =>
  inRole(
    checkConfig(
      {
        model_type: 'recurrent_encoder',
        vocab_size: 9,
        embedding_size: 4,
        hidden_size: 3,
        pad_token_id: 0,
        dropout: 0,
        classifier_dropout: null,
        id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
        ...fields,
      },
      'test',
      { isStrict: true, role: 'token-classification' },
    ),
    'token-classification',
    'test',
  ).model;

type Model = ReturnType<typeof modelOf>;

/** Numbers of every parameter, by its name alone. */
const parametersOf = (trace: Trace): Record<string, Value> =>
  Object.fromEntries(
    [...trace.parameters].map(([name, { shape }]) => {
      const count = shape.reduce((n, size) => n * size, 1);
      return [name, value(shape, drawFloats(name, count))];
    }),
  );

const matrix = (rows: readonly (readonly number[])[], filler: number): Value => {
  const width = Math.max(...rows.map(({ length }) => length));
  const data = rows.flatMap((row) => [...row, ...new Array(width - row.length).fill(filler)]);
  return value([rows.length, width], data, 'int32');
};

interface Sentence {
  readonly ids: readonly number[];
  /** Where the words' first tokens stand. */
  readonly places: readonly number[];
  readonly labels: readonly number[];
  /** The place of each token's word; −1 for a special token. */
  readonly starts: readonly number[];
}

const sentences: Sentence[] = [
  { ids: [2, 3, 4, 5], places: [0, 1, 3], labels: [0, 2, 1], starts: [0, 1, 1, 3] },
  { ids: [6, 7], places: [0, 1], labels: [1, 1], starts: [0, 1] },
];

function feedsOf(batch: readonly Sentence[], scale: number): Record<string, Value> {
  const time = Math.max(...batch.map(({ ids }) => ids.length));
  return {
    input_ids: matrix(
      batch.map(({ ids }) => ids),
      0,
    ),
    attention_mask: matrix(
      batch.map(({ ids }) => ids.map(() => 1)),
      0,
    ),
    word_places: matrix(
      batch.map(({ places }, row) => places.map((place) => row * time + place)),
      0,
    ),
    word_starts: matrix(
      batch.map(({ starts }, row) => starts.map((place) => (place < 0 ? place : row * time + place))),
      -1,
    ),
    labels: matrix(
      batch.map((sentence) => sentence.labels),
      -100,
    ),
    'loss_scale/labels': value([], [scale]),
  };
}

function lossOf(model: Model, batch: readonly Sentence[], scale: number, options: LossOptions = {}): number {
  const trace = new Trace();
  const loss = traceLoss(trace.root, model, options);
  return interpret([loss], { ...feedsOf(batch, scale), ...parametersOf(trace) })[0].data[0];
}

/** Scores of every token of a sentence, and between neighbouring labels. */
function scoresOf(model: Model, { ids }: Sentence) {
  const trace = new Trace();
  const chain = model.chain(trace.root);
  const { input_ids, attention_mask } = feedsOf([{ ids, places: [0], labels: [0], starts: [] }], 1);
  const [time, count] = [ids.length, labels.length];
  const traced = model.logitsAt(
    trace.root,
    model.run(trace.root, {
      input_ids: inputOf('input_ids', time),
      attention_mask: inputOf('attention_mask', time),
    }),
    inputOf('places', time),
  );
  const places = value(
    [1, time],
    Array.from({ length: time }, (_, t) => t),
    'int32',
  );
  const known = parametersOf(trace);
  const [all] = interpret([traced], { input_ids, attention_mask, places, ...known });
  const own = (name: string) => (chain ? Array.from(known[`crf.${name}`].data) : []);
  return {
    at: (t: number, k: number) => all.data[t * count + k],
    start: own('start_transitions'),
    transitions: own('transitions'),
    end: own('end_transitions'),
  };
}

const inputOf = (name: string, time: number) => input(name, [1, time], 'int32');

const logSum = (numbers: readonly number[]): number => {
  const most = Math.max(...numbers);
  return most + Math.log(numbers.reduce((total, x) => total + Math.exp(x - most), 0));
};

const every = (length: number): number[][] =>
  length === 0 ? [[]] : every(length - 1).flatMap((path) => labels.map((_, k) => [...path, k]));

/** −log p(labels | words), over all sequences of labels. */
function chainSurprise(model: Model, sentence: Sentence): number {
  const { at, start, transitions, end } = scoresOf(model, sentence);
  const scoreOf = (path: readonly number[]) =>
    start[path[0]] +
    path.reduce((total, k, word) => total + at(sentence.places[word], k), 0) +
    path.slice(1).reduce((total, k, word) => total + transitions[path[word] * labels.length + k], 0) +
    end[path[path.length - 1]];
  return logSum(every(sentence.labels.length).map(scoreOf)) - scoreOf(sentence.labels);
}

/** −log p(label | words), a word. */
function wordSurprises(model: Model, sentence: Sentence): number[] {
  const { at } = scoresOf(model, sentence);
  return sentence.labels.map((label, word) => {
    const place = sentence.places[word];
    return logSum(labels.map((_, k) => at(place, k))) - at(place, label);
  });
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0);

describe('with a CRF the loss', () => {
  const model = modelOf({ crf: true });
  const surprises = sentences.map((sentence) => chainSurprise(model, sentence));

  test('is the mean over sentences of −log p(labels | words), against all label sequences', () => {
    expect(lossOf(model, sentences, 1 / 2)).toBeCloseTo(total(surprises) / 2, 9);
  });

  test('sums exactly over the batches of an update', () => {
    const parts = sentences.map((sentence) => lossOf(model, [sentence], 1 / 2));
    expect(total(parts)).toBeCloseTo(lossOf(model, sentences, 1 / 2), 12);
  });
});

describe('without a CRF the loss', () => {
  const model = modelOf({});
  const surprises = sentences.flatMap((sentence) => wordSurprises(model, sentence));

  test('is the mean over words of the cross entropy at their first tokens', () => {
    expect(lossOf(model, sentences, 1 / 5)).toBeCloseTo(total(surprises) / 5, 9);
  });

  test('sums exactly over the batches of an update', () => {
    const parts = sentences.map((sentence) => lossOf(model, [sentence], 1 / 5));
    expect(total(parts)).toBeCloseTo(lossOf(model, sentences, 1 / 5), 12);
  });

  test('smooths labels over all of them', () => {
    const [e, { at }] = [0.3, scoresOf(model, sentences[1])];
    const wanted = sentences[1].labels.map((label, t) => {
      const logits = labels.map((_, k) => at(t, k));
      return logSum(logits) - (1 - e) * logits[label] - (e / labels.length) * total(logits);
    });
    expect(lossOf(model, [sentences[1]], 1, { labelSmoothing: e })).toBeCloseTo(total(wanted), 9);
  });
});

describe('words that are dropped', () => {
  const model = modelOf({ crf: true });
  const wordDropout = { p: 0.5, unknownId: 1 };

  /** The loss of sentences while words are dropped whose first token has a byte below 128. */
  const dropped = (batch: readonly Sentence[], bytes: readonly number[]): number => {
    const trace = new Trace({ isTraining: true });
    const loss = traceLoss(trace.root, model, { wordDropout });
    expect([...trace.randoms.keys()]).toEqual(['random/word_dropout']);
    const shape = [batch.length, bytes.length / batch.length];
    const random = { 'random/word_dropout': value(shape, bytes, 'uint8') };
    return interpret([loss], { ...feedsOf(batch, 1), ...parametersOf(trace), ...random })[0].data[0];
  };

  test('are read as unknown', () => {
    const one = { ...sentences[1], ids: [1, 7] };
    expect(dropped([sentences[1]], [127, 128])).toBeCloseTo(lossOf(model, [one], 1), 12);
    expect(dropped([sentences[1]], [200, 255])).toBeCloseTo(lossOf(model, [sentences[1]], 1), 12);
  });

  // Special tokens stand before and after the sentence.
  const framed = (inner: readonly number[]): Sentence => ({
    ids: [8, ...inner, 8],
    places: [1, 2, 4],
    labels: [0, 2, 1],
    starts: [-1, 1, 2, 2, 4, -1],
  });

  test('lose all their pieces, by the number of the first one', () => {
    const whole = framed([2, 3, 4, 5]);
    expect(dropped([whole], [255, 255, 0, 255, 255, 255])).toBeCloseTo(lossOf(model, [framed([2, 1, 1, 5])], 1), 12);
    expect(dropped([whole], [255, 255, 255, 0, 255, 255])).toBeCloseTo(lossOf(model, [whole], 1), 12);
  });

  test('are never special tokens', () => {
    const all = lossOf(model, [framed([1, 1, 1, 1])], 1);
    expect(dropped([framed([2, 3, 4, 5])], new Array(6).fill(0))).toBeCloseTo(all, 12);
  });

  test('are those of their own sentence', () => {
    const bytes = [255, 255, 255, 255, 0, 255, 0, 0];
    const one = { ...sentences[1], ids: [1, 7] };
    expect(dropped(sentences, bytes)).toBeCloseTo(lossOf(model, [sentences[0], one], 1), 12);
  });

  test('are none outside of training', () => {
    expect(lossOf(model, sentences, 1, { wordDropout })).toBe(lossOf(model, sentences, 1));
  });
});
