import { reshape, type Tensor } from '../../graph/index.ts';
import { activation, linear, normal, type Scope, zeros } from '../../nn/index.ts';
import { firstToken } from '../body/stack.ts';
import type { LabelledFields } from './fields/classifier-fields.ts';
import type { HeadRow } from './head-row.ts';
import { classificationHead } from './sequence-classification.ts';

/** A dense layer over one vector of a text, an activation, and the output layer; paths are those of the class. */
export interface DenseClassifier {
  readonly dense: string;
  readonly out: string;
  readonly activation: string;
  /** Dropout of what each of the two layers reads; none before a layer that is not named. */
  readonly dropouts: Readonly<Partial<Record<'dense' | 'out', number>>>;
  /** Standard deviation of the initial weights. */
  readonly deviation: number;
}

/** The score of every label for every vector: out(activation(dense(x))). `vectors`: [B, D] → [B, N]. */
export function denseClassified(
  root: Scope,
  { dense, out, activation: name, dropouts, deviation }: DenseClassifier,
  vectors: Tensor,
  count: number,
): Tensor {
  const width = Number(vectors.shape[1]);
  const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros, part: 'head' } as const;
  const layer = (path: string, dropped: number | undefined, outFeatures: number, x: Tensor) =>
    root.layer(path, (at) => linear(at, { inFeatures: width, outFeatures, ...initial }, at.dropout(x, dropped ?? 0)));
  const active = activation(name)(layer(dense, dropouts.dense, width, vectors));
  return layer(out, dropouts.out, count, active);
}

/** The vector of every text's first token. [B, T, D] → [B, D]. */
export function firstVector(hidden: Tensor): Tensor {
  const [batch, , width] = hidden.shape;
  return reshape(firstToken(hidden), { shape: [batch, width] });
}

/**
 * A classifier of two layers over the vector of the first token.
 *
 * Source: transformers 5.24.0 modeling_roberta.py, RobertaClassificationHead; modeling_distilbert.py,
 * DistilBertForSequenceClassification.
 */
export const firstTokenClassificationHead = <C>(
  architecture: string,
  layersOf: (config: C) => DenseClassifier,
): HeadRow<C & LabelledFields, 'sequence-classification'> =>
  classificationHead<C>(
    architecture,
    (config) =>
      (root, { body: { last_hidden_state: hidden } }, count) =>
        denseClassified(root, layersOf(config), firstVector(hidden), count),
    { readsFirstOnly: true },
  );
