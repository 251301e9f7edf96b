/** What is true of every class of BERT, in float64. That they are Transformers' is in golden-forward.test.ts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret, type Tensor, topological, type Value, value } from '../../src/graph/index.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { forwardInputs } from '../../src/models/forward.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import { graphInputs, type HostFeeds } from '../../src/models/inputs/input-spec.ts';
import type { Role } from '../../src/models/role.ts';
import { type Part, Trace } from '../../src/nn/index.ts';
import { uniformFrom } from '../../src/train/random/random-bytes.ts';
import { float32Tensor, type Tensor as HostTensor } from '../../src/weights/tensor.ts';
import { alongDirection } from '../ops/derivative.ts';
import { ids, parameterFeeds } from './tiny-marian.ts';

type Fields = Readonly<Record<string, unknown>>;

const tiny = {
  model_type: 'bert',
  vocab_size: 11,
  hidden_size: 6,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 5,
  max_position_embeddings: 9,
  type_vocab_size: 3,
  pad_token_id: 0,
};

const integers = (shape: readonly number[], data: readonly number[]): HostTensor => ({
  ...{ dtype: 'I32', shape },
  data: Int32Array.from(data),
});

/** A class: its role, its labels for two texts of four tokens, the fields that it needs. */
const classes: Readonly<
  Record<string, { readonly role: Role; readonly labels?: Record<string, HostTensor>; readonly fields?: Fields }>
> = {
  BertModel: { role: 'encoder' },
  BertForPreTraining: {
    role: 'pre-training',
    labels: {
      labels: integers([2, 4], [-100, 3, 4, -100, 5, -100, -100, -100]),
      next_sentence_label: integers([2], [1, 0]),
    },
  },
  BertForMaskedLM: {
    role: 'masked-lm',
    labels: { labels: integers([2, 4], [-100, 3, 4, -100, 5, -100, -100, -100]) },
  },
  BertForNextSentencePrediction: { role: 'next-sentence-prediction', labels: { labels: integers([2], [1, 0]) } },
  BertForSequenceClassification: {
    ...{ role: 'sequence-classification', fields: { num_labels: 3 } },
    labels: { labels: integers([2], [2, 1]) },
  },
  BertForTokenClassification: {
    ...{ role: 'token-classification', fields: { num_labels: 3 } },
    labels: { labels: integers([2, 4], [-100, 1, 2, -100, 0, -100, -100, -100]) },
  },
  BertForQuestionAnswering: {
    role: 'question-answering',
    labels: { start_positions: integers([2], [1, 9]), end_positions: integers([2], [2, 1]) },
  },
};

const setupOf = (architecture: string, fields: Fields = {}): ModelSetup =>
  checkConfig({ ...tiny, ...classes[architecture].fields, ...fields }, architecture, {
    isStrict: true,
    role: classes[architecture].role,
  });

const text = {
  input_ids: integers([2, 4], [1, 2, 3, 4, 5, 6, 0, 0]),
  attention_mask: integers([2, 4], [1, 1, 1, 1, 1, 1, 0, 0]),
  token_type_ids: integers([2, 4], [0, 0, 1, 2, 1, 0, 0, 0]),
};

const fed = (feeds: HostFeeds): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      data instanceof Int32Array ? value(shape, data, 'int32') : value(shape, Array.from(data, Number)),
    ]),
  );

/** The loss of a class as training traces it, and everything that it is fed. */
function training(architecture: string, fields: Fields = {}, labels = classes[architecture].labels ?? {}) {
  const setup = setupOf(architecture, fields);
  const trace = new Trace({ isTraining: true });
  const loss = traceLoss(trace.root, setup.model);
  const given = forwardInputs(new Map(Object.entries({ ...text, ...labels })), setup);
  const sizes: Readonly<Record<string, number>> = { batch: 2, time: 4, chunks: 1, words: given.labels?.shape[1] ?? 1 };
  const random = [...trace.randoms].map(([name, { shape }]) => {
    const known = shape.map((size) => (typeof size === 'number' ? size : (sizes[String(size)] ?? 8)));
    const draw = uniformFrom(3, name);
    const count = known.reduce((n, size) => n * size, 1);
    return [
      name,
      value(
        known,
        Float64Array.from({ length: count }, () => Math.floor(draw() * 256)),
        'uint8',
      ),
    ];
  });
  return { loss, trace, feeds: { ...parameterFeeds(setup), ...fed(given), ...Object.fromEntries(random) } };
}

const lossOf = (...of: Parameters<typeof training>): number => {
  const { loss, feeds } = training(...of);
  return interpret([loss], feeds)[0].data[0];
};

const noDropout = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 };
const withLoss = Object.keys(classes).filter((architecture) => classes[architecture].labels);

test.each(withLoss)('%s: the gradient of the loss is what differences say', (architecture) => {
  const { loss, trace, feeds } = training(architecture, { ...noDropout, classifier_dropout: 0 });
  const wrt = new Map([...trace.parameters].map(([name, { tensor }]) => [name, tensor]));
  // A table's gradient leaves out the padding row, which differences move.
  wrt.delete('bert.embeddings.word_embeddings.weight');
  const one = value([], [1]);
  const seed: Tensor = graphInputs([{ name: 'seed', dtype: 'float', shape: [], absent: 'refused' }]).seed;
  const { byGradient, byDifference } = alongDirection([loss], [seed], wrt, { ...feeds, seed: one }, architecture);
  expect(Math.abs(byGradient)).toBeGreaterThan(1e-4);
  expect(Math.abs(byGradient - byDifference)).toBeLessThan(1e-8);
});

/** Outputs of a class for one text, by name. */
function outputsOf(architecture: string): (tokens: readonly number[], length: number) => Record<string, Value> {
  const setup = setupOf(architecture);
  const { root } = new Trace();
  const outputs = setup.model.outputs(root, setup.model.run(root, graphInputs(setup.model.inputs)));
  const parameters = parameterFeeds(setup);
  return (tokens, length) => {
    const attention_mask = ids([tokens.map((_, t) => Number(t < length))]);
    const token_type_ids = ids([tokens.map((_, t) => t % 3)]);
    const feeds = { ...parameters, input_ids: ids([tokens]), attention_mask, token_type_ids };
    const values = interpret(Object.values(outputs), feeds);
    return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, values[i]]));
  };
}

const token = fc.integer({ min: 0, max: 10 });
const tokens = (length: number) => fc.array(token, { minLength: length, maxLength: length });

test.each(Object.keys(classes))('%s does not see padding, whatever stands there', (architecture) => {
  const run = outputsOf(architecture);
  fc.assert(
    fc.property(tokens(3), tokens(2), (own, filler) => {
      const [alone, padded] = [run(own, 3), run([...own, ...filler], 3)];
      for (const [name, { data }] of Object.entries(alone)) {
        data.forEach((x, i) => expect(Math.abs(padded[name].data[i] - x), name).toBeLessThan(1e-11));
      }
    }),
    { numRuns: 6, seed: 3 },
  );
});

test.each(['BertForMaskedLM', 'BertForPreTraining'])(
  '%s transforms only the tokens that have a label',
  (architecture) => {
    const { loss, trace } = training(architecture, noDropout);
    const weight = trace.parameters.get('cls.predictions.transform.dense.weight')?.tensor;
    const reading = topological([loss]).filter(({ inputs }) => inputs.some((one) => one === weight));
    const shapes = reading.flatMap(({ outputs }) => outputs.map(({ shape }) => shape.join()));
    expect(shapes).toEqual(['chunk·chunks,6']);
  },
);

describe('every field acts', () => {
  /** Fields that change the loss of a training step, of which class. */
  const changes: Readonly<Record<string, readonly [architecture: string, fields: Fields]>> = {
    hidden_act: ['BertForMaskedLM', { hidden_act: 'relu' }],
    hidden_dropout_prob: ['BertForMaskedLM', { hidden_dropout_prob: 0.4 }],
    attention_probs_dropout_prob: ['BertForMaskedLM', { attention_probs_dropout_prob: 0.4 }],
    classifier_dropout: ['BertForSequenceClassification', { classifier_dropout: 0.4 }],
    'classifier_dropout of tokens': ['BertForTokenClassification', { classifier_dropout: 0.4 }],
    layer_norm_eps: ['BertForMaskedLM', { layer_norm_eps: 0.1 }],
    tie_word_embeddings: ['BertForMaskedLM', { tie_word_embeddings: false }],
    num_attention_heads: ['BertForMaskedLM', { num_attention_heads: 3 }],
    num_hidden_layers: ['BertForMaskedLM', { num_hidden_layers: 1 }],
    num_labels: ['BertForSequenceClassification', { num_labels: 4 }],
  };
  test.each(Object.entries(changes))('%s', (_, [architecture, fields]) => {
    expect(Math.abs(lossOf(architecture, fields) - lossOf(architecture))).toBeGreaterThan(1e-6);
  });

  test('classifier_dropout null is hidden_dropout_prob', () => {
    const of = (fields: Fields) => lossOf('BertForSequenceClassification', { hidden_dropout_prob: 0.3, ...fields });
    expect(of({ classifier_dropout: null })).toBe(of({ classifier_dropout: 0.3 }));
    expect(of({})).toBe(of({ classifier_dropout: null }));
    expect(of({ classifier_dropout: 0 })).not.toBe(of({}));
  });

  test('pad_token_id: its row of the table gets no gradient, and no row if it is null', () => {
    const [trained, still] = [null, 1].map((pad_token_id) => {
      const setup = setupOf('BertModel', { pad_token_id });
      const table = modelParameters(setup).get('embeddings.word_embeddings.weight');
      return [...(table?.initializer([11, 6], uniformFrom(1, 'table')).subarray(6, 12) ?? [])];
    });
    expect(still).toEqual(new Array(6).fill(0));
    expect(trained.every((x) => x !== 0)).toBe(true);
  });

  test('vocab_size, hidden_size, intermediate_size, max_position_embeddings and type_vocab_size are shapes', () => {
    const shapes = (fields: Fields) =>
      [...modelParameters(setupOf('BertModel', fields))].map(([name, { shape }]) => `${name} ${shape}`).join();
    const wider = { vocab_size: 12, hidden_size: 8, intermediate_size: 6, max_position_embeddings: 10 };
    for (const [field, x] of Object.entries({ ...wider, type_vocab_size: 4 })) {
      expect(shapes({ [field]: x }), field).not.toBe(shapes({}));
    }
  });
});

describe('initial weights', () => {
  const setup = setupOf('BertForPreTraining', { hidden_size: 64, vocab_size: 500, initializer_range: 0.05 });
  const drawn = [...modelParameters(setup)].map(([name, { shape, part, initializer }]) => ({
    ...{ name, part: part as Part },
    data: initializer(shape, uniformFrom(1, name)),
  }));

  test('of weights and tables are normal with initializer_range, of norms one, of biases zero', () => {
    for (const { name, part, data } of drawn) {
      if (part === 'norm' || part === 'bias') {
        expect(new Set(data), name).toEqual(new Set([part === 'norm' ? 1 : 0]));
        continue;
      }
      const deviation = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
      expect(Math.abs(deviation - 0.05), name).toBeLessThan(0.012);
    }
  });

  test('of the padding token are zero', () => {
    const table = drawn.find(({ name }) => name.includes('word_embeddings'))?.data ?? new Float32Array();
    expect(table.subarray(0, 64).every((x) => x === 0)).toBe(true);
    expect(table.subarray(64, 128).every((x) => x !== 0)).toBe(true);
  });

  test('every parameter says what it is for', () => {
    expect(drawn.filter(({ part }) => part === undefined).map(({ name }) => name)).toEqual([]);
    const parts = new Set<Part>(drawn.map(({ part }) => part));
    const inner = ['query', 'key', 'value', 'out', 'inner', 'outer', 'pooler', 'head', 'norm', 'bias'];
    expect([...parts].sort()).toEqual(['table', 'types', 'positions', ...inner].sort());
  });
});

describe('the names of parameters', () => {
  const names = (architecture: string, fields: Fields = {}) => [
    ...modelParameters(setupOf(architecture, fields)).keys(),
  ];

  test('have the prefix bert in classes with a head, and none in BertModel', () => {
    expect(names('BertModel')).toContain('embeddings.word_embeddings.weight');
    for (const architecture of withLoss) {
      expect(names(architecture)).toContain('bert.encoder.layer.1.attention.self.query.weight');
    }
  });

  test('include a pooler only where a class has one', () => {
    const having = Object.keys(classes).filter((each) => names(each).some((name) => name.includes('pooler')));
    const pooled = ['ForPreTraining', 'ForNextSentencePrediction', 'ForSequenceClassification'];
    expect(having.sort()).toEqual(['BertModel', ...pooled.map((name) => `Bert${name}`)].sort());
  });

  test('of an untied output layer include its weight, its bias, and the bias that nothing reads', () => {
    const own = (isTied: boolean) =>
      names('BertForMaskedLM', { tie_word_embeddings: isTied }).filter((name) => /decoder|predictions.bias/.test(name));
    expect(own(true)).toEqual(['cls.predictions.bias']);
    expect(own(false).sort()).toEqual([
      'cls.predictions.bias',
      'cls.predictions.decoder.bias',
      'cls.predictions.decoder.weight',
    ]);
  });
});

describe('labels', () => {
  const refused = (architecture: string, labels: Record<string, HostTensor>, fields: Fields = {}) =>
    expect(() => forwardInputs(new Map(Object.entries({ ...text, ...labels })), setupOf(architecture, fields)));

  test('each term of pre-training has its own denominator', () => {
    const [masked, next] = [
      integers([2, 4], [-100, 3, 4, -100, 5, -100, -100, -100]),
      (first: number) => integers([2], [first, 0]),
    ];
    const of = (labels: HostTensor, relation: HostTensor) =>
      lossOf('BertForPreTraining', noDropout, { labels, next_sentence_label: relation });
    const alone = lossOf('BertForMaskedLM', noDropout, { labels: masked });
    const relation = (first: number) => of(masked, next(first)) - alone;
    // The mean over one text is not half of that over two.
    const other = lossOf('BertForNextSentencePrediction', noDropout, { labels: next(-100) });
    expect(relation(-100)).toBeCloseTo(other, 12);
    expect(relation(1)).toBeCloseTo(lossOf('BertForNextSentencePrediction', noDropout, { labels: next(1) }), 12);
  });

  test('the loss of an answer is the mean of both ends, each over the positions that are in its text', () => {
    const of = (start: readonly number[], end: readonly number[]) =>
      lossOf('BertForQuestionAnswering', noDropout, {
        start_positions: integers([2], start),
        end_positions: integers([2], end),
      });
    const both = of([1, 9], [2, 1]);
    expect(of([1, 4], [2, 1])).toBe(both);
    expect(of([-7, 1], [2, 1])).toBe(of([0, 1], [2, 1]));
    expect((of([1, 9], [2, 9]) + of([1, 9], [9, 1])) / 2).toBeCloseTo(both, 12);
    refused('BertForQuestionAnswering', {
      start_positions: integers([2], [4, 9]),
      end_positions: integers([2], [1, 1]),
    }).toThrow('inputs start_positions: expected one that counts in the loss, got none');
  });

  test('that are missing or of another kind are refused', () => {
    refused('BertForPreTraining', { labels: integers([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) }).toThrow(
      'inputs: expected next_sentence_label, got ',
    );
    refused('BertForNextSentencePrediction', { labels: integers([2], [0, 2]) }).toThrow(
      'inputs labels: expected labels in 0 … 1 or -100, got 2, at [1]',
    );
    const several = { problem_type: 'regression', num_labels: 3 };
    const one = float32Tensor([2], Float32Array.of(1, 2));
    refused('BertForSequenceClassification', { labels: one }, several).toThrow(
      'inputs labels: expected shape [2, 3], got [2]',
    );
  });

  test('a token type that the table lacks is refused', () => {
    refused('BertModel', { token_type_ids: integers([2, 4], [0, 0, 0, 0, 3, 0, 0, 0]) }).toThrow(
      'inputs token_type_ids: expected types in 0 … 2 (type_vocab_size 3), got 3, at [1, 0]',
    );
  });

  test('a model of answers has two outputs and no other number', () => {
    expect(() => setupOf('BertForQuestionAnswering', { num_labels: 3 })).toThrow(
      'num_labels: expected 2, the start and the end of an answer, got 3',
    );
  });
});
