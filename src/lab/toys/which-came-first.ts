import type { RandomStream } from '../../data/batch/shuffle.ts';
import { input, type Tensor } from '../../graph/index.ts';
import { checkConfig, inRole } from '../../models/families/check-config.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import { crossEntropyLoss, type Scope } from '../../nn/index.ts';
import { argmax } from '../../ops/index.ts';
import { ids } from '../feed.ts';
import { unasked } from './labelled-token.ts';

/** Number of different tokens: the two in question, 0 and 1, and fillers. */
const kinds = 12;

export interface FirstShape {
  readonly width: number;
  readonly layers: number;
}

/** A Transformer that reads in both directions, and a linear layer over the mean of its vectors: [B, 2]. */
function firstLogits(root: Scope, scheme: string, { width, layers }: FirstShape): Tensor {
  const fields = {
    model_type: 'transformer_encoder',
    vocab_size: kinds + 1,
    pad_token_id: kinds,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    intermediate_size: 2 * width,
    initializer_range: width ** -0.5,
    position_embedding_type: scheme,
    dropout: 0,
  };
  const role = 'sequence-classification';
  const head = { pooling: 'mean', num_labels: 2, classifier_dropout: 0 };
  const { model } = inRole(checkConfig({ ...fields, ...head }, 'lab', { isStrict: true, role }), role, 'lab');
  return model.logits(root, model.run(root, graphInputs(model.inputs)));
}

/**
 * The loss of naming which of two tokens came first. Inputs: `input_ids`, `attention_mask` int32 [B, T], `first` int32
 * [B].
 */
export const whichCameFirstLoss = (root: Scope, scheme: string, shape: FirstShape): Tensor =>
  crossEntropyLoss(firstLogits(root, scheme, shape), input('first', ['batch'], 'int32'));

/** `found`: int32 [B], the predicted first token. */
export const findFirst = (root: Scope, scheme: string, shape: FirstShape): { readonly found: Tensor } => ({
  found: argmax(firstLogits(root, scheme, shape)),
});

/**
 * Rows of `time` tokens with 0 and 1 once each. `feeds` are the classifier's, `causal` those of a language model that
 * answers after the last token.
 */
export function whichCameFirst(random: RandomStream, rows: number, time: number) {
  const tokens = Int32Array.from({ length: rows * time }, () => 2 + random.below(kinds - 2));
  const labels = new Int32Array(rows * time).fill(unasked);
  const first = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const place = random.below(time);
    const other = (place + 1 + random.below(time - 1)) % time;
    tokens[row * time + place] = 0;
    tokens[row * time + other] = 1;
    first[row] = labels[(row + 1) * time - 1] = Number(other < place);
  }
  const [input_ids, attention_mask] = [
    ids([rows, time], tokens),
    ids(
      [rows, time],
      tokens.map(() => 1),
    ),
  ];
  return {
    feeds: { input_ids, attention_mask, first: ids([rows], first) },
    causal: { input_ids, labels: ids([rows, time], labels) },
  };
}

/** Number of token ids, one of them for padding. */
export const firstVocabulary = kinds + 1;
