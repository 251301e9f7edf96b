/** What GPT-2's configuration and its classes refuse, and which inputs its tasks feed. */
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import type { TextTokens } from '../../src/models/tokens.ts';
import { textFeeds } from '../../src/tasks/model/text-batch.ts';
import { randomPlaces } from './random-places.ts';

const gpt2 = { model_type: 'gpt2', vocab_size: 11, n_positions: 9, n_embd: 8, n_layer: 1, n_head: 2 };
const setupOf = (fields: object) =>
  checkConfig({ ...gpt2, bos_token_id: 3, eos_token_id: 3, ...fields }, 'config.json');

describe('gpt2', () => {
  test.each([
    // In Python these are other names of the same fields, so a file that has both would have two meanings.
    [{ hidden_size: 8 }, 'hidden_size: expected no such field (the family has n_embd in its place), got 8'],
    [
      { num_hidden_layers: 2 },
      'num_hidden_layers: expected no such field (the family has n_layer in its place), got 2',
    ],
    [{ num_attention_heads: 2 }, 'num_attention_heads: expected no such field (the family has n_head in its place)'],
    [
      { max_position_embeddings: 9 },
      'max_position_embeddings: expected no such field (the family has n_positions in its place), got 9',
    ],
    [{ n_head: 3 }, 'n_head: expected a divisor of n_embd 8, got 3'],
    [{ pad_token_id: 11 }, 'pad_token_id: expected a token id below vocab_size 11, got 11'],
    [{ add_cross_attention: true }, 'add_cross_attention: expected false'],
    [
      { hidden_dropout: 0.1 },
      'hidden_dropout: expected no such field (the family has classifier_dropout in its place)',
    ],
  ])('refuses %j', (wrong, message) => {
    expect(() => setupOf(wrong)).toThrow(message);
  });

  test.each(['GPT2ForSequenceClassification', 'GPT2ForTokenClassification', 'GPT2ForQuestionAnswering'])(
    '%s is never fed types of tokens by a task: they would be rows of the table of tokens',
    (architecture) => {
      const { model, tokens } = setupOf({ architectures: [architecture] });
      const [ids, typeIds] = [Int32Array.of(4, 5, 6), Int32Array.of(0, 0, 1)];
      const feeds = textFeeds([{ example: 0, size: 3, ids, typeIds }], { model, tokens: tokens as TextTokens });
      expect(Object.keys(feeds)).toEqual(['input_ids', 'attention_mask']);
    },
  );

  test.each([
    [{}, ['classifier']],
    [{ classifier_dropout: 0.4 }, ['classifier']],
    [{ classifier_dropout: 0 }, []],
  ])('with %j drops what a tagger reads: %j', (fields, places) => {
    const off = { resid_pdrop: 0, embd_pdrop: 0, attn_pdrop: 0 };
    const { model } = setupOf({ architectures: ['GPT2ForTokenClassification'], ...off, ...fields });
    expect(randomPlaces(model)).toEqual(places);
  });
});
