import { describe, expect, test } from 'vitest';
import { reportAll } from '../../src/io/error.ts';
import { didYouMean, didYouMeanField, editDistance } from '../../src/io/nearest.ts';

describe('the nearest name', () => {
  test.each([
    ['hidden_sise', '; did you mean "hidden_size"?'],
    ['HIDDEN_SIZE', '; did you mean "hidden_size"?'],
    ['ids', '; did you mean "id"?'],
    ['zzz', ''],
    ['', ''],
  ])('of "%s" is suggested when it is near: %s', (found, told) => {
    expect(didYouMean(found, ['hidden_size', 'id'])).toBe(told);
  });

  test('of a name with a million characters is not searched for', () => {
    const start = performance.now();
    expect(didYouMean('d'.repeat(1e6), ['d_model', 'dropout'])).toBe('');
    expect(performance.now() - start).toBeLessThan(100);
  });
});

describe('the field that was meant', () => {
  const train = ['max_tokens_per_batch', 'num_train_epochs', 'max_steps', 'learning_rate', 'warmup_steps'];
  const marian = ['d_model', 'encoder_layers', 'decoder_layers', 'dropout', 'model_type'];
  const lm = ['hidden_size', 'num_hidden_layers', 'norm_eps', 'dropout', 'model_type'];
  test.each([
    ['epochs', train, '; did you mean "num_train_epochs"?'],
    ['batch_size', train, '; did you mean "max_tokens_per_batch"?'],
    [
      'batch_size',
      [...train, 'per_device_train_batch_size'],
      '; did you mean "per_device_train_batch_size" or "max_tokens_per_batch"?',
    ],
    ['batchSize', train, '; did you mean "max_tokens_per_batch"?'],
    ['lr', train, '; did you mean "learning_rate"?'],
    ['LR', train, '; did you mean "learning_rate"?'],
    ['hidden', lm, '; did you mean "hidden_size"?'],
    ['hidden', marian, '; did you mean "d_model"?'],
    ['d_model', lm, '; did you mean "hidden_size"?'],
    ['hidden_size', marian, '; did you mean "d_model"?'],
    ['layers', marian, '; did you mean "encoder_layers" or "decoder_layers"?'],
    ['n_layer', lm, '; did you mean "num_hidden_layers"?'],
    ['layer_norm_eps', lm, '; did you mean "norm_eps"?'],
    ['learning_rat', train, '; did you mean "learning_rate"?'],
    ['beams', train, ''],
    ['constructor', train, ''],
    ['__proto__', train, ''],
  ])('%s of %j is suggested by meaning, where the place has it, else by its letters: %s', (found, known, told) => {
    expect(didYouMeanField(found, known)).toBe(told);
  });
});

test('an edit distance counts insertions, deletions, substitutions and swaps of neighbours', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('ab', 'ba')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
});

test('a report of thousands of violations lists fifty and counts the others', () => {
  const { message } = reportAll(
    'f',
    Array.from({ length: 5000 }, (_, i) => `violation ${i}`),
  );
  expect(message.split('\n')).toHaveLength(52);
  expect(message).toContain('\n  violation 49\n  and 4950 more');
});
