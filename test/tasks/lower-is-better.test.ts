/** Which scores of a task are better when lower: by them the best checkpoint is the one with the least. */
import { expect, test } from 'vitest';
import { classificationProblems } from '../../src/tasks/text-classification/problems.ts';
import { lowerIsBetter } from '../../src/tasks/text-generation/score.ts';
import { textToTextKinds } from '../../src/tasks/text-to-text/kinds.ts';

const { translation, summarization, 'text2text-generation': text2Text } = textToTextKinds;
const { regression, single_label_classification, multi_label_classification } = classificationProblems;

test.each([
  ['translation', translation.scorer.lowerIsBetter, []],
  ['summarization', summarization.scorer.lowerIsBetter, []],
  ['text-to-text generation', text2Text.scorer.lowerIsBetter, ['wer', 'per', 'cer', 'word_error_rate']],
  ['classes', single_label_classification.lowerIsBetter, ['ece']],
  ['sets of labels', multi_label_classification.lowerIsBetter, []],
  ['numbers', regression.lowerIsBetter, ['mse', 'mae']],
  ['language models', lowerIsBetter, ['perplexity', 'nats_per_character', 'bits_per_character']],
])('of %s', (_, found, expected) => expect(found).toEqual(expected));
