/** The recurrent encoder–decoders of `python/recurrent.py`: a family of Heddle's, rows of 12 to 16 tokens. */
import { checkConfig } from '../../dist/models/families/check-config.js';
import { traceLoss } from '../../dist/models/heads/terms/loss.js';
import { eachBatch, pairFeeds, randomRows } from './random-batch.mjs';

const vocabulary = 10_000;
const rows = 64;

/** @param attentionQuery `previous`: the context enters the cell (Bahdanau); `current`: it does not (Luong). */
export const recurrentModel =
  (attentionQuery) =>
  ({ dropout }) => {
    const pad = vocabulary - 1;
    const { model } = checkConfig(
      {
        model_type: 'recurrent_seq2seq',
        vocab_size: vocabulary,
        embedding_size: 256,
        hidden_size: 256,
        decoder_hidden_size: 512,
        attention_query: attentionQuery,
        dropout,
        pad_token_id: pad,
        decoder_start_token_id: pad,
      },
      'bench',
      { isStrict: true },
    );
    const lengths = (stride) => Array.from({ length: rows }, (_, i) => 12 + ((i * stride) % 5));
    const [source, target] = [lengths(1), lengths(3)];
    return {
      loss: (root) => traceLoss(root, model, { labelSmoothing: 0.1 }),
      batches: eachBatch(rows, (random) =>
        pairFeeds(randomRows(random, source, vocabulary), randomRows(random, target, vocabulary), pad),
      ),
      tokens: target.reduce((sum, length) => sum + length, 0),
    };
  };
