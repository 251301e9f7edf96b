import { afterAll, describe, expect, test } from 'vitest';
import { createGenerator } from '../../src/decode/generator.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { newFolder, removeFolders, runIn, sequencePairs, sequenceTask, tinyModel } from './sequence-task.ts';

afterAll(removeFolders);

/** Share of unseen sequences for which greedy decoding gives what the rule makes of them. */
async function learned(rule: (ids: number[]) => number[], updates: number): Promise<number> {
  const model = tinyModel({ d_model: 32, encoder_ffn_dim: 64, decoder_ffn_dim: 64, dropout: 0, init_std: 0.18 });
  const task = sequenceTask({ pairs: sequencePairs(4000, rule), model, max_tokens_per_batch: 512, labelSmoothing: 0 });
  const changes = { max_steps: updates, warmup_steps: 40, learning_rate: 1e-2, lr_scheduler_type: 'linear' } as const;
  const { weights } = await runIn(await newFolder(), changes, { task });
  const unseen = sequencePairs(200, rule, 99);
  const generator = createGenerator(model.model, weights, nodeBackend(), { sessions: 1 });
  try {
    const config = { ...model.generationDefaults, num_beams: 1, max_new_tokens: 8 };
    const results = await generator.generate(unseen.source, config);
    const right = results.filter(({ sequences: [ids] }, i) => String(ids.slice(1)) === String(unseen.target[i]));
    return right.length / results.length;
  } finally {
    await generator.dispose();
  }
}

describe('a small Transformer', () => {
  test('memorises one batch: the loss falls below 0.02 within 150 updates', async () => {
    const pairs = sequencePairs(12);
    const model = tinyModel({ d_model: 32, dropout: 0, init_std: 0.18 });
    const task = sequenceTask({ pairs, model, max_tokens_per_batch: 1024, labelSmoothing: 0 });
    expect(task.source({ epoch: 0, batch: 0 }).batchesInEpoch).toBe(1);
    const losses: number[] = [];
    const listener = { updated: (_: number, { loss }: { loss: number }) => void losses.push(loss) };
    const changes = { max_steps: 150, learning_rate: 1e-2, warmup_steps: 10, weight_decay: 0, logging_steps: 1000 };
    await runIn(await newFolder(), changes, { task, listener });
    expect(losses[0]).toBeGreaterThan(1.5);
    expect(losses.at(-1)).toBeLessThan(0.02);
  });

  test('learns to copy within 300 updates: 95 % of unseen sequences', async () => {
    expect(await learned((ids) => ids, 300)).toBeGreaterThanOrEqual(0.95);
  });

  test('learns to reverse within 400 updates: 95 % of unseen sequences', async () => {
    expect(await learned((ids) => ids.toReversed(), 400)).toBeGreaterThanOrEqual(0.95);
  });
});
