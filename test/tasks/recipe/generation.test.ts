import { describe, expect, test } from 'vitest';
import { check } from '../../../src/io/check.ts';
import { generation } from '../../../src/tasks/recipe/generation.ts';

const read = (fields: object) => check(generation, fields, 'recipe.yaml: generation');

describe('how a recipe generates', () => {
  test('it may sample, with any number of samples per text', () => {
    const fields = {
      num_beams: 1,
      do_sample: true,
      seed: 3,
      temperature: 0.8,
      top_k: 0,
      top_p: 0.9,
      num_return_sequences: 4,
    };
    expect(read(fields)).toEqual({ length_penalty: 1, max_new_tokens: 128, ...fields });
  });

  test.each([
    [{ do_sample: true }, 'num_beams: expected 1 with do_sample'],
    [{ num_beams: 1, num_return_sequences: 2 }, 'num_return_sequences: expected at most num_beams'],
    [{ temperature: 0 }, 'temperature: expected a number ≥ 0.000001, got 0'],
    [{ top_p: 1.2 }, 'top_p: expected a number ≤ 1, got 1.2'],
    [{ top_q: 1 }, 'unknown field "top_q"; did you mean "top_k"?'],
  ])('%o is refused', (fields, message) => {
    expect(() => read(fields)).toThrow(message);
  });
});
