import { itemAt } from '../../io/item-at.ts';
import type { TokenClassifier } from '../../models/model.ts';
import { composedLabels } from '../model/label-form.ts';
import { byExample } from '../run/encoded-row.ts';
import type { Scores } from '../task.ts';
import type { TaggedWords } from './tagged-words.ts';
import { tagDecoder, type WordScores } from './tags/tag-decode.ts';
import { type TagScoreOptions, tagScores } from './tags/tag-score.ts';

/**
 * The scores of a tagger, `loss` first: with a CRF the mean over sentences of −log p(tags | words), else the mean over
 * words of the cross entropy, without smoothing.
 */
export function taggedScores(
  model: TokenClassifier,
  weights: ReadonlyMap<string, Float32Array>,
  set: TaggedWords,
  scores: readonly WordScores[],
  options: Omit<TagScoreOptions, 'scheme'>,
): Scores {
  const decoder = tagDecoder(model, weights);
  const total = scores.reduce((sum, one, part) => sum + decoder.loss(one, itemAt(set.rows, part, 'a part').labels), 0);
  const { sentences } = set.text;
  const labels = composedLabels(model.labels, 'model');
  const tags = scores.map((one) => decoder.decode(one).map(({ id }) => itemAt(labels, id, 'a label')));
  return {
    loss: total / (model.hasCrf ? scores.length : set.words.all),
    ...tagScores(
      byExample(set.rows, tags, sentences.length).map((parts) => parts.flat()),
      sentences.map((sentence) => sentence.tags),
      sentences.map((sentence) => sentence.words),
      { ...options, scheme: model.tagScheme },
    ),
  };
}
