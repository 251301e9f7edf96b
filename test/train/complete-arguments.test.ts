import { describe, expect, test } from 'vitest';
import { completeArguments, type OpenTrainArguments, updatesOf } from '../../src/train/complete-arguments.ts';
import { trainArguments } from './sequence-task.ts';

const {
  max_steps: _steps,
  num_train_epochs: _epochs,
  warmup_steps: _warmup,
  eval_steps: _eval,
  save_steps: _save,
  ...given
} = trainArguments();

/** What a training with so many batches in an epoch is given, and how many updates it makes. */
function completed(batchesInEpoch: number, changes: Partial<OpenTrainArguments> = {}) {
  const args = completeArguments({ ...given, ...changes }, batchesInEpoch);
  const { num_train_epochs, warmup_steps, eval_steps, save_steps } = args;
  return { updates: updatesOf(args, batchesInEpoch), num_train_epochs, warmup_steps, eval_steps, save_steps };
}

describe('what a recipe leaves out', () => {
  test('is 10 epochs where these make 1,000 updates, and as many as do where they do not', () => {
    expect(completed(625)).toMatchObject({ num_train_epochs: 10, updates: 6250 });
    expect(completed(100)).toMatchObject({ num_train_epochs: 10, updates: 1000 });
    expect(completed(49)).toMatchObject({ num_train_epochs: 21, updates: 1029 });
    expect(completed(1)).toMatchObject({ num_train_epochs: 1000, updates: 1000 });
    expect(completed(49, { gradient_accumulation_steps: 2 })).toMatchObject({ num_train_epochs: 40, updates: 1000 });
  });

  test('is a warm-up of a tenth of the updates, at most 1,000: never longer than the training', () => {
    expect(completed(1).warmup_steps).toBe(100);
    expect(completed(625).warmup_steps).toBe(625);
    expect(completed(5000).warmup_steps).toBe(1000);
    expect(completed(100, { max_steps: 15 }).warmup_steps).toBe(1);
    expect(completed(100, { max_steps: 1 }).warmup_steps).toBe(0);
  });

  test('is an evaluation and a checkpoint after every tenth of the updates, at most 500 apart', () => {
    expect(completed(1)).toMatchObject({ eval_steps: 100, save_steps: 100 });
    expect(completed(625)).toMatchObject({ eval_steps: 500, save_steps: 500 });
    expect(completed(100, { max_steps: 15 })).toMatchObject({ eval_steps: 2, save_steps: 2 });
    expect(completed(100, { max_steps: 1 })).toMatchObject({ eval_steps: 1, save_steps: 1 });
  });
});

test('what a recipe says stays, whatever the length', () => {
  const said = { num_train_epochs: 0.5, warmup_steps: 0, eval_steps: 7, save_steps: 9 };
  expect(completed(3, said)).toEqual({ ...said, updates: 2 });
  expect(completed(3, { max_steps: 4 })).toMatchObject({ updates: 4, num_train_epochs: undefined });
});
