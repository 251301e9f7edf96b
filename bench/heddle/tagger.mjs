/** The tagger of `python/tagger.py`: words and their characters read by LSTMs in both directions, a linear-chain CRF. */
import { input, mul, sum } from '../../dist/graph/index.js';
import { checkConfig } from '../../dist/models/family.js';
import { crfLogPartition, crfScores, crfSequenceScore, linear } from '../../dist/nn/index.js';
import { cast, sub } from '../../dist/ops/index.js';
import { eachBatch, int32, pickRows, randomRows } from './random-batch.mjs';

const words = 10_000;
const characters = 100;
const tags = 17;
const rows = 32;
const longest = { sentence: 30, word: 12 };
/** Words of a sentence, characters of a word. */
const lengths = Array.from({ length: rows }, (_, i) => 16 + ((i * 7) % 15));
const wordLength = (i, t) => 1 + ((5 * i + 3 * t) % longest.word);

/** Mean of −log p(tags | words) over the sentences. */
export function taggerModel({ dropout }) {
  const { model } = checkConfig(
    {
      model_type: 'recurrent_encoder',
      cell: 'lstm',
      vocab_size: words,
      embedding_size: 100,
      hidden_size: 200,
      character_vocab_size: characters,
      dropout,
      pad_token_id: words - 1,
    },
    'bench',
    { isStrict: true },
  );
  const loss = (root) => {
    const ids = (name, ...shape) => input(name, ['batch', 'time', ...shape], 'int32');
    const attentionMask = ids('attention_mask');
    const hidden = model.hidden(root, {
      input_ids: ids('input_ids'),
      attention_mask: attentionMask,
      character_ids: ids('character_ids', 'characters'),
    });
    const emissions = root.layer('head', (at) => linear(at, { inFeatures: model.width, outFeatures: tags }, hidden));
    const scores = crfScores(root.at('crf'), tags);
    const mask = cast(attentionMask, { dtype: 'float' });
    const gold = crfSequenceScore(scores, emissions, ids('labels'), mask);
    const total = sum(sub(crfLogPartition(scores, emissions, mask), gold), { axes: [0] });
    return mul(total, input('loss_scale', []));
  };
  return { loss, batches: eachBatch(rows, batch), tokens: lengths.reduce((total, length) => total + length, 0) };
}

function batch(random) {
  const sentences = randomRows(random, lengths, words);
  const places = sentences.flatMap((_, i) => Array.from({ length: longest.sentence }, (__, t) => [i, t]));
  const at = (make) => places.map(([i, t]) => (t < lengths[i] ? make(i, t) : null));
  const shape = [rows, longest.sentence];
  const letters = at((i, t) => randomRows(random, [wordLength(i, t)], characters)[0]).flatMap((word) =>
    Array.from({ length: longest.word }, (_, c) => word?.[c] ?? 0),
  );
  const feeds = {
    input_ids: int32(
      shape,
      at((i, t) => sentences[i][t]).map((id) => id ?? words - 1),
    ),
    attention_mask: int32(
      shape,
      at(() => 1).map((one) => one ?? 0),
    ),
    character_ids: int32([...shape, longest.word], letters),
    labels: int32(
      shape,
      at(() => random.below(tags)).map((tag) => tag ?? 0),
    ),
  };
  return (picked) => ({ labels: picked.length, feeds: pickRows(feeds, picked) });
}
