import { constantTensor, gather, input, mulDim, reshape, sum, type Tensor } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import {
  type CrfScores,
  crfLogPartition,
  crfScores,
  crfSequenceScore,
  crossEntropyLoss,
  linear,
  normal,
  type Scope,
  zeros,
} from '../../nn/index.ts';
import { cast, less, sub, where } from '../../ops/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { Body } from '../body/body.ts';
import { ignoredLabel, someLabel } from '../inputs/checked-inputs.ts';
import type { HostFeeds, Named } from '../inputs/input-spec.ts';
import type { TokenClassifier } from '../model.ts';
import { bodyPart } from './base.ts';
import { headDeviation, labelFields, labelNames } from './fields/classifier-fields.ts';
import { schemeOfTags } from './fields/span-scheme.ts';
import {
  type TaggedFields,
  type TokenClassifierFields,
  taggedFields,
  tokenClassifierFields,
} from './fields/token-classifier-fields.ts';
import type { HeadRow } from './head-row.ts';
import { type LossOptions, type Pass, scaled, type Term } from './terms/term.ts';

/** The fewest word positions: the loop of a chain runs from the first to the second. */
const leastWords = 2;

/**
 * The labels that count: `word_places`, their positions in the flattened [batch·time], and `labels`, −100 after a row's
 * last one; both [batch, words].
 */
function wordFeeds({ data, shape }: HostTensor): HostFeeds & { readonly labels: HostTensor } {
  const [rows, columns] = shape;
  const found = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, t) => row * columns + t).filter((at) => data[at] !== ignoredLabel),
  );
  const words = Math.max(leastWords, ...found.map(({ length }) => length));
  const places = new Int32Array(rows * words);
  const labels = new Int32Array(rows * words).fill(ignoredLabel);
  found.forEach((row, b) => {
    places.set(row, b * words);
    row.forEach((at, w) => {
      labels[b * words + w] = Number(data[at]);
    });
  });
  const host = (values: Int32Array): HostTensor => ({ type: 'int32', shape: [rows, words], data: values });
  return { word_places: host(places), labels: host(labels) };
}

/** A chain scores whole sentences, so each must have a word. */
function checkEveryRow({ data, shape }: HostTensor): void {
  const [rows, columns] = shape;
  for (let row = 0; row < rows; row++) {
    if ((data as Int32Array).subarray(row * columns, (row + 1) * columns).some((label) => label !== ignoredLabel))
      continue;
    throw new InputError(
      `inputs labels: expected a label in every row, because the model has a CRF, got only ${ignoredLabel}, at row ${row}`,
    );
  }
}

/**
 * Replaces every token of dropped words by the unknown token, so that the model learns to handle unknown words.
 * `input_ids`: [B, T] → [B, T]. The random number of a word's first token decides; special tokens and padding stay.
 *
 * Inputs: `word_starts` int32 [B, T], the position of the first token of each token's word in the flattened [B·T], −1 where
 * there is no word.
 */
function dropWords(root: Scope, inputs: Named, { wordDropout }: LossOptions): Named {
  const { input_ids: ids } = inputs;
  const mask = wordDropout && root.at('word_dropout').dropoutMask(ids.shape, wordDropout.p);
  if (!mask) return inputs;
  const starts = input('word_starts', ['batch', 'time'], 'int32');
  const isWord = less(constantTensor(-1, [], 'int32'), starts);
  const flat = reshape(mask, { shape: [mulDim(ids.shape[0], ids.shape[1])] });
  const first = gather(flat, where(isWord, starts, constantTensor(0, [], 'int32')));
  const read = where(less(0, first), ids, constantTensor(wordDropout.unknownId, [], 'int32'));
  return { ...inputs, input_ids: where(isWord, read, ids) };
}

/**
 * The term of a tagger: with a CRF, −log p(labels | words) summed over sentences; otherwise the cross entropy summed over
 * words.
 *
 * Inputs: `word_places` int32 [batch, words], the position of each word's first token in the flattened [batch·time];
 * `labels` int32 [batch, words], −100 after a sentence's last word. `words` is at least 2.
 *
 * Source: Lample et al. 2016, section 2.2; Devlin et al. 2019, section 5.3 (the label of a word is its first token's).
 */
const taggingTerm = (model: Pick<TokenClassifier, 'logitsAt' | 'chain' | 'hasCrf' | 'labels'>): Term => ({
  name: 'labels',
  feeds({ labels }) {
    const feeds = wordFeeds(labels);
    const words = (feeds.labels.data as Int32Array).filter((label) => label !== ignoredLabel).length;
    return { feeds, count: model.hasCrf ? labels.shape[0] : words };
  },
  sum(root, pass, { labelSmoothing }) {
    const logits = model.logitsAt(root, pass, input('word_places', ['batch', 'words'], 'int32'));
    const labels = input('labels', ['batch', 'words'], 'int32');
    const chain = model.chain(root);
    if (!chain) {
      const rows = mulDim(logits.shape[0], logits.shape[1]);
      const flat = reshape(logits, { shape: [rows, model.labels.length] });
      const each = { reduction: 'sum', labelSmoothing } as const;
      return scaled(this.name, crossEntropyLoss(flat, reshape(labels, { shape: [rows] }), each));
    }
    return scaled(this.name, sum(surpriseOf(chain, logits, labels), { axes: [0] }));
  },
});

/** −log p(labels | words) of every sentence, [B]. */
function surpriseOf(chain: CrfScores, logits: Tensor, labels: Tensor): Tensor {
  const isWord = less(constantTensor(-1, [], 'int32'), labels);
  const mask = cast(isWord, { dtype: 'float' });
  const known = where(isWord, labels, constantTensor(0, [], 'int32'));
  return sub(crfLogPartition(chain, logits, mask), crfSequenceScore(chain, logits, known, mask));
}

/** The layer `classifier` over every vector. */
interface TaggerLayer {
  readonly dropout: number;
  /** Standard deviation of the initial weights. */
  readonly deviation: number;
}

/** What a tagger needs of a configuration. */
type TaggerConfig = Pick<TokenClassifierFields, 'num_labels' | 'id2label'> &
  Partial<Pick<TokenClassifierFields, 'crf' | 'tag_scheme'>> &
  TaggerLayer;

/**
 * A linear layer over every vector of a body, and optionally a linear-chain CRF over the labels.
 *
 * Parameters: the body's, `classifier.weight` [N, D], `classifier.bias` [N]; `crf.start_transitions` [N],
 * `crf.transitions` [N, N], `crf.end_transitions` [N].
 *
 * Source: Lample et al. 2016, section 2.2; Devlin et al. 2019, section 4.
 */
function taggerOf(body: Body, config: TaggerConfig): TokenClassifier {
  const names = labelNames(config);
  const { crf: hasCrf = false } = config;
  const size = { inFeatures: body.width, outFeatures: names.length };
  const initial = { weightInitializer: normal(0, config.deviation), biasInitializer: zeros };
  const scored = (root: Scope, vectors: Tensor) =>
    root.layer('classifier', (at) =>
      linear(at, { ...size, ...initial, part: 'head' }, at.dropout(vectors, config.dropout)),
    );
  const logits = (root: Scope, { body: { last_hidden_state: hidden } }: Pass) => scored(root, hidden);
  const part = {
    labels: names,
    hasCrf,
    logitsAt(root: Scope, { body: { last_hidden_state: hidden } }: Pass, places: Tensor) {
      const [batch, time] = hidden.shape;
      const flat = reshape(hidden, { shape: [mulDim(batch, time), body.width] });
      return scored(root, gather(flat, places));
    },
    chain: (root: Scope) => (hasCrf ? crfScores(root.at('crf'), names.length) : null),
  };
  return {
    ...bodyPart(body),
    ...part,
    tagScheme: config.tag_scheme ?? 'none',
    labelInputs: [
      {
        name: 'labels',
        dtype: 'int32',
        shape: ['batch', 'time'],
        range: { what: 'labels', below: names.length },
        isLabel: true,
        check(labels) {
          someLabel('labels')(labels);
          if (hasCrf) checkEveryRow(labels);
        },
        absent: 'refused',
      },
    ],
    logits,
    outputs: (root, pass) => ({ logits: logits(root, pass) }),
    terms: [taggingTerm(part)],
    corrupt: dropWords,
    ...(hasCrf && { unread: (root) => void part.chain(root) }),
  };
}

/** A tagger over Heddle's own encoders. */
export const tokenClassificationHead = <C>(
  architecture: string,
): HeadRow<C & TokenClassifierFields, 'token-classification'> => ({
  architecture,
  role: 'token-classification',
  fields: tokenClassifierFields,
  complete: (config) => ({ ...config, ...labelFields(labelNames(config)) }),
  model: (body, config) =>
    taggerOf(body, { ...config, dropout: config.classifier_dropout ?? 0, deviation: headDeviation }),
});

/**
 * A tagger whose layer the family describes. How its labels mark spans is judged from them if no field says so.
 *
 * Source: transformers 5.24.0 modeling_bert.py, BertForTokenClassification.
 */
export const taggingHead = <C>(
  architecture: string,
  layerOf: (config: C) => TaggerLayer,
): HeadRow<C & TaggedFields, 'token-classification'> => ({
  architecture,
  role: 'token-classification',
  fields: taggedFields,
  complete: (config) => ({ ...config, ...labelFields(labelNames(config)) }),
  model: (body, config) =>
    taggerOf(body, { tag_scheme: schemeOfTags(labelNames(config)), ...config, ...layerOf(config) }),
});
