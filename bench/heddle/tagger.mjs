/** The tagger of `python/tagger.py`: words and their characters read by LSTMs in both directions, a linear-chain CRF. */
import { packWords } from '../../dist/data/batch/word-packing.js';
import { input, mul, sum } from '../../dist/graph/index.js';
import { checkConfig } from '../../dist/models/families/check-config.js';
import { crfLogPartition, crfScores, crfSequenceScore, linear, lossScale } from '../../dist/nn/index.js';
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
      character_ids: input('character_ids', ['rows', 'characters'], 'int32'),
      character_ends: ids('character_ends', 2),
    });
    const emissions = root.layer('head', (at) => linear(at, { inFeatures: model.width, outFeatures: tags }, hidden));
    const scores = crfScores(root.at('crf'), tags);
    const mask = cast(attentionMask, { dtype: 'float' });
    const gold = crfSequenceScore(scores, emissions, ids('labels'), mask);
    const total = sum(sub(crfLogPartition(scores, emissions, mask), gold), { axes: [0] });
    return mul(total, lossScale('labels'));
  };
  return { loss, batches: eachBatch(rows, batch), tokens: lengths.reduce((total, length) => total + length, 0) };
}

function batch(random) {
  const sentences = randomRows(random, lengths, words);
  const spelled = lengths.map((length, i) =>
    Array.from({ length }, (_, t) => Int32Array.from(randomRows(random, [wordLength(i, t)], characters)[0])),
  );
  const padded = (rows, filler) =>
    rows.flatMap((row) => [...row, ...Array(longest.sentence - row.length).fill(filler)]);
  const shape = [rows, longest.sentence];
  const feeds = {
    input_ids: int32(shape, padded(sentences, words - 1)),
    attention_mask: int32(
      shape,
      padded(
        sentences.map((row) => row.map(() => 1)),
        0,
      ),
    ),
    labels: int32(
      shape,
      padded(
        sentences.map((row) => row.map(() => random.below(tags))),
        0,
      ),
    ),
  };
  return (picked) => ({
    counts: { labels: picked.length },
    tokens: picked.length,
    feeds: { ...pickRows(feeds, picked), ...characterFeeds(spelled, picked) },
  });
}

/** The words' characters as the tagger's task feeds them. */
function characterFeeds(spelled, picked) {
  const read = Array.from(picked, (row) => spelled[row]);
  const packed = packWords(read.flat());
  const ends = new Int32Array(read.length * longest.sentence * 2);
  let next = 0;
  read.forEach((row, i) => {
    row.forEach((word, t) => {
      const first = packed.starts[next++];
      ends.set([first + word.length - 1, first], (i * longest.sentence + t) * 2);
    });
  });
  return {
    character_ids: int32([packed.rows, packed.width], packed.ids),
    character_ends: int32([read.length, longest.sentence, 2], ends),
  };
}
