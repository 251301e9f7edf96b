import { afterAll, describe, expect, test } from 'vitest';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { positionSchemes } from '../../src/nn/index.ts';
import { newFolder, removeFolders, runIn, sequencePairs, sequenceTask, tinyModel } from './sequence-task.ts';

afterAll(removeFolders);

const { targetVocabulary: vocab_size, padTokenId: pad_token_id } = tinyModel().tokens;

const tinyTransformer = (fields: Readonly<Record<string, unknown>>) =>
  inRole(
    checkConfig(
      {
        model_type: 'transformer_seq2seq',
        vocab_size,
        hidden_size: 32,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 32,
        hidden_act: 'swiglu',
        norm_type: 'rms_norm',
        dropout: 0.02,
        attention_dropout: 0.02,
        initializer_range: 0.18,
        pad_token_id,
        decoder_start_token_id: pad_token_id,
        ...fields,
      },
      'tiny',
      { isStrict: true },
    ),
    'sequence-to-sequence',
    'tiny',
  );

/** With dropout single losses jump about; their mean over the last updates does not. */
const tail = 50;

// That the gradients of each scheme train, not that order is needed: a batch this small is learnt without positions too.
describe('a small Transformer with dropout memorises one batch within 400 updates', () => {
  test.each(Object.keys(positionSchemes))('%s positions', async (position_embedding_type) => {
    const model = tinyTransformer({ position_embedding_type });
    const task = sequenceTask({ pairs: sequencePairs(12), model, max_tokens_per_batch: 1024, labelSmoothing: 0 });
    const losses: number[] = [];
    const listener = { updated: (_: number, { loss }: { loss: number }) => void losses.push(loss) };
    const changes = { max_steps: 400, learning_rate: 1e-2, warmup_steps: 10, weight_decay: 0, logging_steps: 1000 };
    await runIn(await newFolder(), changes, { task, listener });
    expect(losses[0]).toBeGreaterThan(1.5);
    expect(losses.slice(-tail).reduce((sum, loss) => sum + loss, 0) / tail).toBeLessThan(0.1);
  });
});
