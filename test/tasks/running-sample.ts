/** Running text to learn a little of in a second or two. */
import { randomStream } from '../../src/data/batch/shuffle.ts';
import type { TaskSample } from './task-sample.ts';

const words = ['the', 'loom', 'lifts', 'a', 'thread', '베틀', '실이', 'goes'];

/** Sentences of a few words, a line each. The same count and seed give the same. */
export function sentences(count: number, seed: number): string[] {
  const random = randomStream(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: 3 + random.below(5) }, () => words[random.below(words.length)]).join(' '),
  );
}

const text = (count: number, seed: number): string => `${sentences(count, seed).join('.\n')}.\n`;

export const runningSample: TaskSample = {
  task: 'text-generation',
  recipe: `task: text-generation
data: { train: train.txt, validation: validation.txt, validation_share: 0, test: test.txt }
tokenizer: { kind: char }
model:
  model_type: transformer_lm
  hidden_size: 16
  num_hidden_layers: 1
  num_attention_heads: 2
  intermediate_size: 32
  position_embedding_type: learned
  max_position_embeddings: 64
train:
  max_steps: 6
  max_tokens_per_batch: 512
  block_size: 32
  warmup_steps: 4
  logging_steps: 2
  eval_steps: 3
  save_steps: 3
generation: { max_new_tokens: 12 }
`,
  files: { 'train.txt': text(200, 1), 'validation.txt': text(20, 2), 'test.txt': text(12, 3) },
  parameters: 3671,
  changed: ['train.txt', text(200, 4)],
  test: ['test.txt'],
  lines: sentences(8, 3),
  options: { max_new_tokens: 4 },
};
