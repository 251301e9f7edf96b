import { IGNORE_INDEX } from '../../data/batch/batch.ts';
import { gradient, input, type Tensor } from '../../graph/index.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import type { TokenClassifier } from '../../models/model.ts';
import { crfLogPartition, type Scope } from '../../nn/index.ts';
import { cast } from '../../ops/index.ts';
import type { HostOutputs } from '../model/model-program.ts';
import type { RowProgram } from '../model/row-program.ts';
import type { RowTask } from '../run/row-task.ts';
import { taggedScores } from './score.ts';
import type { TaggedPart, TaggedWords } from './tagged-words.ts';
import type { WordScores } from './tags/tag-decode.ts';
import type { TagScoreOptions } from './tags/tag-score.ts';
import { type WordRow, wordFeeds, wordNumbers, wordStarts } from './words/word-batch.ts';

type Outputs = { readonly logits: Tensor; readonly log_partition?: Tensor; readonly marginals?: Tensor };

/** The graph of a tagger without dropout; with a CRF also its marginals, the gradient of log Z by the emissions. */
function outputsOf(root: Scope, model: TokenClassifier): Outputs {
  const hidden = model.run(root, graphInputs(model.inputs));
  const logits = model.logitsAt(root, hidden, input('word_places', ['batch', 'words'], 'int32'));
  const chain = model.chain(root);
  if (!chain) return { logits };
  const mask = cast(input('word_mask', ['batch', 'words'], 'int32'), { dtype: 'float' });
  const partition = crfLogPartition(chain, logits, mask);
  const [marginals] = gradient(partition, [logits]);
  return { logits, log_partition: partition, ...(marginals && { marginals }) };
}

type Setup = Pick<ModelSetup<'token-classification'>, 'model' | 'tokens'>;

/** A tagger over sentences or parts of them: the scores of their words. */
export function taggerProgram({ model, tokens }: Setup): RowProgram<WordRow, WordScores, Outputs> {
  return {
    name: 'the tagger',
    outputs: (root) => outputsOf(root, model),
    feeds: (rows) => ({
      ...wordFeeds(rows, { model, tokens }),
      word_mask: wordNumbers(rows, ({ places }) => new Int32Array(places.length).fill(1), {
        filler: 0,
        padding: tokens.padding,
      }),
    }),
    results: (outputs, rows) => scoresOf(rows, outputs, model.labels.length),
  };
}

/** A tagger over tagged sentences, with the options of its scores. */
export function taggerTask(
  { model, tokens }: Setup,
  options: Omit<TagScoreOptions, 'scheme'>,
): RowTask<TaggedPart, WordScores, TaggedWords> {
  return {
    ...taggerProgram({ model, tokens }),
    batch(parts) {
      const labels = wordNumbers(parts, (part) => part.labels, { filler: IGNORE_INDEX, padding: tokens.padding });
      const words = parts.reduce((sum, { places }) => sum + places.length, 0);
      const feeds = wordFeeds(parts, { model, tokens });
      const word_starts = wordStarts(parts, feeds.input_ids.shape[1]);
      return { counts: { labels: model.hasCrf ? parts.length : words }, feeds: { ...feeds, word_starts, labels } };
    },
    digested: ({ ids, labels }) => ({ ids, targets: Array.from(labels) }),
    scores: (set, scores, weights) => taggedScores(model, weights, set, scores, options),
  };
}

/** The outputs of the graph per sentence, without padding. */
function scoresOf(sentences: readonly WordRow[], outputs: HostOutputs<Outputs>, labels: number): WordScores[] {
  const logits = outputs.logits.data as Float32Array;
  const partition = outputs.log_partition?.data as Float32Array | undefined;
  const marginals = outputs.marginals?.data as Float32Array | undefined;
  const size = logits.length / sentences.length;
  return sentences.map(({ places }, row) => {
    const cut = (all: Float32Array) => all.slice(row * size, row * size + places.length * labels);
    const logPartition = partition?.[row];
    const chain = logPartition !== undefined && marginals && { logPartition, marginals: cut(marginals) };
    return { logits: cut(logits), ...(chain && { chain }) };
  });
}
