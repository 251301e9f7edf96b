/** What T5's goldens cannot show: initial weights, and dropout. */
import { describe, expect, test } from 'vitest';
import type { Tensor as Symbolic } from '../../src/graph/index.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { graphInputs } from '../../src/models/inputs/input-spec.ts';
import { Trace } from '../../src/nn/index.ts';
import { uniformFrom } from '../../src/train/random/random-bytes.ts';
import { randomPlaces } from './random-places.ts';

type Fields = Readonly<Record<string, unknown>>;

const config = {
  model_type: 't5',
  vocab_size: 90,
  d_model: 48,
  d_kv: 20,
  d_ff: 80,
  num_layers: 1,
  num_heads: 3,
  initializer_factor: 0.7,
};
const setupOf = (architecture: string, fields: Fields = {}) =>
  checkConfig({ ...config, architectures: [architecture], ...fields }, 'config.json');

describe('initial weights', () => {
  const { d_model: width, d_kv: head, d_ff: inner, num_heads: heads, initializer_factor: factor } = config;
  /** Source: transformers 5.24.0 modeling_t5.py, T5PreTrainedModel._init_weights. */
  const deviations: readonly (readonly [parameter: RegExp, deviation: number])[] = [
    [/relative_attention_bias\.weight$/, factor / Math.sqrt(width)],
    [/(SelfAttention|EncDecAttention)\.q\.weight$/, factor / Math.sqrt(width * head)],
    [/(SelfAttention|EncDecAttention)\.k\.weight$/, factor / Math.sqrt(width)],
    [/(SelfAttention|EncDecAttention)\.v\.weight$/, factor / Math.sqrt(width)],
    [/(SelfAttention|EncDecAttention)\.o\.weight$/, factor / Math.sqrt(heads * head)],
    [/DenseReluDense\.wi(_0|_1)?\.weight$/, factor / Math.sqrt(width)],
    [/DenseReluDense\.wo\.weight$/, factor / Math.sqrt(inner)],
    [/^(transformer\.)?shared\.weight$/, factor],
    [/^lm_head\.weight$/, factor],
    [/^qa_outputs\.weight$/, factor / Math.sqrt(width)],
    [/^classification_head\.(dense|out_proj)\.weight$/, factor / Math.sqrt(width)],
    [/^classifier\.weight$/, factor],
  ];
  const classes = [
    'T5ForConditionalGeneration',
    'T5ForQuestionAnswering',
    'T5ForSequenceClassification',
    'T5ForTokenClassification',
  ];
  const forms = classes.flatMap((architecture) =>
    ['relu', 'gated-gelu'].map((feed_forward_proj) => ({ architecture, feed_forward_proj })),
  );

  test.each(forms)('of $architecture with $feed_forward_proj spread as in Transformers', (form) => {
    const { architecture, ...fields } = form;
    const setup = setupOf(architecture, { ...fields, tie_word_embeddings: false });
    for (const [name, { shape, initializer }] of modelParameters(setup)) {
      const size = shape.reduce((product, n) => product * n, 1);
      // Enough draws that a sample's deviation is within 1 % of the true one, nearly always within 4 %.
      const draws = Array.from({ length: Math.ceil(5000 / size) }, (_, seed) =>
        initializer(shape, uniformFrom(seed, name)),
      );
      const numbers = draws.flatMap((one) => [...one]);
      const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
      const deviation = Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length);
      const [expected, ...others] = deviations.filter(([parameter]) => parameter.test(name));
      expect(others).toEqual([]);
      if (expected) {
        expect(deviation / expected[1], name).toBeGreaterThan(0.96);
        expect(deviation / expected[1], name).toBeLessThan(1.04);
        expect(Math.abs(mean / expected[1]), name).toBeLessThan(0.08);
      } else {
        const constant = name.endsWith('norm.weight') ? factor : 0;
        expect(name).toMatch(/layer_norm\.weight$|\.bias$/);
        expect(
          numbers.every((x) => x === Math.fround(constant)),
          name,
        ).toBe(true);
      }
    }
  });
});

describe('dropout', () => {
  test('is of the embeddings, of weights, within and after sublayers, and of the end of both stacks', () => {
    const { model } = setupOf('T5ForConditionalGeneration', { dropout_rate: 0.3 });
    const places = randomPlaces(model);
    for (const side of ['encoder', 'decoder']) {
      expect(places).toEqual(expect.arrayContaining([side, `${side}.final_layer_norm`]));
    }
    expect(randomPlaces(setupOf('T5ForConditionalGeneration', { dropout_rate: 0 }).model)).toEqual([]);
  });

  test.each([
    ['T5EncoderModel', ['last_hidden_state']],
    ['T5Model', ['last_hidden_state', 'encoder_last_hidden_state']],
    ['T5ForConditionalGeneration', ['last_hidden_state', 'encoder_last_hidden_state']],
  ])('of %s is what follows the last norm: %j', (architecture, names) => {
    const { model } = setupOf(architecture, { dropout_rate: 0.3 });
    const { root } = new Trace({ isTraining: true });
    const { body } = model.run(root, graphInputs(model.inputs));
    for (const name of names) {
      const { node } = body[name] as Symbolic;
      expect(node.op.name, name).toBe('dropout');
      expect(node.inputs[0]?.node.op.name, name).toBe('rmsNorm');
    }
  });
});
