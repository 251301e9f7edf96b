/** Running text with hidden words, to learn a little of in a second or two. */
import { sentences } from './running-sample.ts';
import { transformerSize } from './sample-size.ts';
import type { TaskSample } from './task-sample.ts';

const lines = (count: number, seed: number): string => `${sentences(count, seed).join('\n')}\n`;

/** A sentence with a mask in place of a word. */
export function masked(sentence: string, at: number): string {
  const words = sentence.split(' ');
  return words.with(at % words.length, '<mask>').join(' ');
}

export const maskedSample: TaskSample = {
  task: 'fill-mask',
  recipe: `task: fill-mask
data: { train: train.txt, validation: validation.txt, validation_share: 0, test: test.txt, documents: lines }
tokenizer: { vocab_size: 60, byte_level: false }
model:
  model_type: bert
  ${transformerSize}
train:
  max_steps: 6
  max_tokens_per_batch: 512
  max_length: 32
  warmup_steps: 4
  logging_steps: 2
  eval_steps: 3
  save_steps: 3
`,
  files: { 'train.txt': lines(200, 1), 'validation.txt': lines(20, 2), 'test.txt': lines(12, 3) },
  parameters: 4466,
  changed: ['train.txt', lines(200, 4)],
  test: ['test.txt'],
  lines: sentences(8, 3).map(masked),
  needed: '<mask>',
  options: { top_k: 3 },
  refusesBlank: true,
};
