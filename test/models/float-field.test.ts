/** Python tells 1 from 1.0: Transformers 5 refuses a whole number in a field of type float. */
import { expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { elementCount } from '../../src/weights/tensor.ts';
import { configs } from '../fuzz/model-seed.ts';

const textOf = (config: Readonly<Record<string, unknown>>): string => {
  const setup = checkConfig(config, 'config.json');
  const numbers = [...modelParameters(setup)].map(
    ([name, { shape }]) => [name, new Float32Array(elementCount(shape))] as const,
  );
  return String(saveModelFiles(setup, new Map(numbers)).get('config.json'));
};
const configOf = (architecture: string) =>
  configs.find(({ architectures }) => String(architectures) === architecture) ?? {};

test('fields that need not be whole numbers are written with a point', () => {
  const t5 = textOf({ ...configOf('T5ForConditionalGeneration'), dropout_rate: 0 });
  expect(t5).toContain('\n  "initializer_factor": 1.0,\n');
  expect(t5).toContain('\n  "dropout_rate": 0.0,\n');
  expect(t5).toContain('\n  "layer_norm_epsilon": 0.000001,\n');
  expect(t5).toContain('\n  "num_heads": 2,\n');
  const bert = textOf({ ...configOf('BertForSequenceClassification'), classifier_dropout: 0, initializer_range: 1 });
  expect(bert).toContain('\n  "classifier_dropout": 0.0,\n');
  expect(bert).toContain('\n  "initializer_range": 1.0,\n');
});

test.each(configs.map((config, at) => [config.architectures ?? config.model_type, at] as const))(
  'the rest of %s is as JSON is written',
  (_, at) => {
    const text = textOf({ ...configs[at], note: { by: ['someone'], empty: {}, none: [] } });
    const json = JSON.parse(text);
    expect(text.replace(/^( {2}"[^"]+": \d+)\.0(?=,?$)/gm, '$1')).toBe(`${JSON.stringify(json, null, 2)}\n`);
  },
);
