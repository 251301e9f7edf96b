import { type AttentionKind, attentionKindNames } from '../../inspect/attention/attention-kind.ts';
import type { AttentionMap, HeadWeights, TokenAxis } from '../../inspect/attention/attention-map.ts';
import { InputError } from '../../io/error.ts';
import { type ForwardResults, forwardInputs } from '../../models/forward.ts';
import { readsTokenTypes } from '../../models/inputs/input-spec.ts';
import type { Model } from '../../models/model.ts';
import { float32Data, type Tensor } from '../../weights/tensor.ts';
import { type ForwardInputs, tensorsOf } from '../model/forward-value.ts';
import type { PreTrainedModel } from '../model/pre-trained-model.ts';
import { tokenLimits } from '../model/token-limit.ts';
import type { ReadText } from './read-text.ts';

/** The rows and columns of a kind of attention. */
export type MapAxes = Readonly<Record<'query' | 'key', TokenAxis>>;

/** The heads of a layer, from [1, H, T, S]; weights over [B, S] are those of one head and one row. What is padded is left out. */
function headsOf(name: string, tensor: Tensor, { query, key }: MapAxes): HeadWeights[] {
  const [heads = 1, rows = 1, columns = 0] = tensor.shape.length === 2 ? [1, ...tensor.shape] : tensor.shape.slice(1);
  const data = float32Data(tensor, name);
  return Array.from({ length: heads }, (_, h) =>
    query.tokens.map((_, t) => {
      const at = (h * rows + t) * columns;
      return data.slice(at, at + key.tokens.length);
    }),
  );
}

/** The tensors of a kind, a layer each. */
function layersOf(kind: AttentionKind, results: ForwardResults): Tensor[] {
  const whole = results.get(kind);
  if (whole) return [whole];
  const layers: Tensor[] = [];
  for (let at = results.get(`${kind}.0`); at; at = results.get(`${kind}.${layers.length}`)) layers.push(at);
  return layers;
}

/** The maps of the kinds of attention that are among the results of a pass over one text. */
export function attentionMaps(results: ForwardResults, axesOf: (kind: AttentionKind) => MapAxes): AttentionMap[] {
  return attentionKindNames.flatMap((kind): AttentionMap[] => {
    const layers = layersOf(kind, results);
    if (layers.length === 0) return [];
    const axes = axesOf(kind);
    return [{ kind, ...axes, layers: layers.map((tensor) => headsOf(kind, tensor, axes)) }];
  });
}

/** What a model's pass over a text shows. */
export interface ShownPass {
  readonly maps: readonly AttentionMap[];
  readonly results: ForwardResults;
}

/** The tokens that a decoder reads, where a model has one. */
export interface DecoderText {
  /** `decoder_input_ids` or `labels`, as the model takes them. */
  readonly inputs: ForwardInputs;
  /** The tokens that it writes. */
  readonly written: TokenAxis;
}

/** Whether a decoder reads nothing by itself: a bare encoder–decoder's, which is shown reading the text again. */
const needsDecoderText = ({ inputs }: Model): boolean =>
  inputs.some(({ name, absent }) => name === 'decoder_input_ids' && absent === 'refused');

/** The vector of a text that tokens are pooled into. */
const pooled: TokenAxis = { tokens: ['text'] };

/**
 * Runs a model on a text and shows every kind of attention that it has. A decoder reads what it is given, or by itself what
 * the model makes of the text; `axisOf` names its tokens.
 *
 * @throws {InputError} for a text with more tokens than the model has positions, or a model without attention.
 */
export async function shownPass(
  model: PreTrainedModel,
  { ids, type_ids, axis }: ReadText,
  where: string,
  axisOf: (ids: readonly number[]) => TokenAxis,
  decoder?: DecoderText,
): Promise<ShownPass> {
  const { model: inner, name } = model.loaded;
  const { maxTokens } = tokenLimits(model.loaded);
  if (ids.length > maxTokens) {
    throw new InputError(`${where}: expected at most ${maxTokens} tokens, got ${ids.length}`);
  }
  const given: ForwardInputs = {
    input_ids: [ids],
    ...(readsTokenTypes(inner.inputs) && { token_type_ids: [type_ids] }),
    ...(needsDecoderText(inner) && { decoder_input_ids: [ids] }),
    ...decoder?.inputs,
  };
  const results = await model.forward(given);
  const { decoder_input_ids: decoderIds } = forwardInputs(tensorsOf(given), model.loaded);
  const read = decoderIds && axisOf(Array.from(decoderIds.data, Number));
  const written = decoder?.written ?? read ?? axis;
  const axes: Readonly<Record<AttentionKind, MapAxes>> = {
    attentions: { query: axis, key: axis },
    encoder_attentions: { query: axis, key: axis },
    decoder_attentions: { query: read ?? axis, key: read ?? axis },
    cross_attentions: { query: written, key: axis },
    pooling_attention: { query: pooled, key: axis },
  };
  const maps = attentionMaps(results, (kind) => axes[kind]);
  if (maps.length === 0) throw new InputError(`${name}: the model has no attention to show`);
  return { maps, results };
}
