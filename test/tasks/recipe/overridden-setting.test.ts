import { expect, test } from 'vitest';
import { refuseOverriddenSettings } from '../../../src/tasks/recipe/overridden-setting.ts';

test.each([
  ['the same field', 'train.seed=1', 'train.seed=2'],
  ['the same value again', 'train.seed=1', 'train.seed=1'],
  ['a field and later the part around it', 'train.seed=1', 'train={ max_steps: 2 }'],
  ['a field and later the removal of its part', 'train.seed=1', 'train=null'],
  ['a part and later a field that it has', 'train={ seed: 1 }', 'train.seed=2'],
  ['a part and later a field that it removes', 'train={ seed: null }', 'train.seed=2'],
  ['a list and later an item of it', 'generation.bad_words_ids=[[3], [4]]', 'generation.bad_words_ids.1=[5]'],
])('%s is refused with both settings', (_, before, after) => {
  expect(() => refuseOverriddenSettings([before, 'model.d_model=8', after])).toThrow(
    `--set: expected each field once, got ${before} and ${after}; leave one out, because neither replaces the other`,
  );
});

test.each([
  ['fields of one part', 'train.seed=1', 'train.max_steps=2'],
  ['a field whose name begins as another', 'train.eval=1', 'train.eval_steps=2'],
  ['a part and a field that it lacks', 'train={ seed: 1 }', 'train.max_steps=2'],
  ['a removed part and a field of the new one', 'train=null', 'train.max_steps=2'],
])('%s go together', (_, before, after) => {
  expect(() => refuseOverriddenSettings([before, after])).not.toThrow();
});
