/** What a recipe leaves out of how long a training is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SmallRun } from '../small-run.ts';
import { feelingSample } from '../task-sample.ts';

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(feelingSample);
});
afterAll(() => run?.remove());

const open = ['max_steps', 'warmup_steps', 'eval_steps', 'save_steps'].map((field) => `train.${field}=null`);
const smallest = 'model={ model_type: recurrent_encoder, hidden_size: 8, embedding_size: 8, pooling: max }';

describe('a recipe that does not say how long to train', () => {
  test('makes enough updates for few texts to be learnt, and its folder says how many', async () => {
    const { state, metrics } = await run.train('small', [...open, smallest]);
    expect(state.global_step).toBeGreaterThanOrEqual(1000);
    expect(metrics.test_accuracy).toBe(1);
    const { recipe } = await run.json('small', 'heddle.json');
    const { num_train_epochs, warmup_steps, eval_steps, save_steps } = recipe.train;
    expect(num_train_epochs).toBeGreaterThan(10);
    expect([warmup_steps, eval_steps, save_steps]).toEqual([100, 101, 101].map((n) => expect.closeTo(n, -1)));
  });
});

describe('a resumed run', () => {
  const steps = (n: number) => [...open, 'train.lr_scheduler_type=constant_with_warmup', `train.max_steps=${n}`];
  const begun = ['train.warmup_steps=3', 'train.eval_steps=2', 'train.save_steps=2'];

  test('keeps the warm-up and the intervals that it began with, if the recipe leaves them out', async () => {
    await run.train('begun', [...steps(2), ...begun]);
    const { state } = await run.train('begun', steps(4), { resume: true });
    expect(state.global_step).toBe(4);
    await run.train('whole', [...steps(4), ...begun]);
    const [resumed, whole] = await Promise.all(['begun', 'whole'].map((out) => run.json(out, 'heddle.json')));
    expect(resumed.recipe).toEqual(whole.recipe);
    const again = await run.train('begun', steps(4), { resume: true });
    expect(again.metrics).toEqual(resumed.metrics);
  });

  test('refuses others', async () => {
    await run.train('other', [...steps(2), ...begun]);
    const resumed = run.train('other', [...steps(4), 'train.warmup_steps=1'], { resume: true });
    await expect(resumed).rejects.toThrow(/train\.warmup_steps was 3, got 1/);
  });
});
