/** The training that is killed: its updates take long enough to be hit in their midst. */
import type { TrainArguments } from '../../../src/train/arguments.ts';
import { sequencePairs, sequenceTask, tinyModel } from '../sequence-task.ts';

export const killedArguments: Partial<TrainArguments> = {
  max_steps: 9,
  save_steps: 2,
  logging_steps: 3,
  gradient_accumulation_steps: 2,
  shards: 2,
};

export const killedTask = () =>
  sequenceTask({
    pairs: sequencePairs(4000),
    model: tinyModel({ d_model: 32, encoder_ffn_dim: 128, decoder_ffn_dim: 128 }),
    max_tokens_per_batch: 4096,
  });
