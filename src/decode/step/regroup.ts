import { type Dim, gather, input, mul, mulDim, reshape, type Tensor } from '../../graph/index.ts';
import type { DecoderState, SequenceToSequenceModel, StateTensor } from '../../models/body/decoder.ts';
import { concat } from '../../ops/index.ts';
import { nextName, slotInputs } from './graph.ts';

/** The sentences that stay in a batch, and those of another batch that join them. */
export type Part = 'kept' | 'joined';

/**
 * A tensor of the state with an entry per sentence. Most have places along one axis: the slots of a sentence, or the tokens
 * of its source.
 */
export interface PlacedEntry {
  readonly kind: 'source' | 'slots';
  readonly name: string;
  /** [sentences, ...lead, places, ...rest], or [sentences, ...] */
  readonly tensor: Tensor;
  /** The axis of the places; −1 if there are none. */
  readonly axis: number;
  /** Product of the sizes between sentences and places. */
  readonly lead: number;
}

/** The tensors of the state with an entry per sentence; the others have one row per beam. */
export const placedEntries = (model: SequenceToSequenceModel, start: DecoderState): PlacedEntry[] =>
  [...Object.entries(start), ...slotInputs(model)].flatMap(([name, { tensor, kind }]) => {
    if (kind === 'rows') return [];
    const axis = tensor.shape.findIndex((size, at) => at > 0 && typeof size !== 'number');
    const lead = tensor.shape.slice(1, axis).reduce<number>((product, size) => product * Number(size), 1);
    return [{ kind, name, tensor, axis, lead }];
  });

/** The input with a tensor of the state. */
export const partName = (part: Part, name: string): string => (part === 'kept' ? name : `joined/${name}`);

/** The input with the places to keep in tensors of a kind and with this lead. */
export const placesName = (part: Part, { kind, lead }: Pick<PlacedEntry, 'kind' | 'lead'>): string =>
  `${part}_${kind}.${lead}`;

/**
 * How a state changes between steps. `trim`: slots are dropped, all sentences stay. `compact`: sentences and slots are
 * dropped. `join`: besides, sentences of another batch are added after them; sources are padded to the longer.
 */
export type Regrouping = 'trim' | 'compact' | 'join';

/**
 * Keeps some of the sentences in the state and some of their slots, or adds those of another batch.
 *
 * Inputs: the state, and that of the other batch under {@link partName}; for slots, and for sources that are joined,
 * {@link placesName}, int32 [sentences, lead, places]: rows of the tensor seen as [sentences·lead·places, ...]; otherwise
 * `kept_sentences` and `joined_sentences`, int32 [sentences], for sources; `source_mask`, float [sentences, source], 0 at
 * places that only pad.
 * Outputs: what has changed. Tensors with a row per beam keep all rows: [1, rows, ...] if sentences join.
 */
export function regroupGraph(
  model: SequenceToSequenceModel,
  start: DecoderState,
  kind: Regrouping,
): Record<string, Tensor> {
  const inputs = new Map<string, Tensor>();
  const given: Given = (name, shape, dtype) => {
    const known = inputs.get(name) ?? input(name, shape, dtype);
    inputs.set(name, known);
    return known;
  };
  const parts: readonly Part[] = kind === 'join' ? ['kept', 'joined'] : ['kept'];
  const joined = (of: (part: Part) => Tensor, axis: number): Tensor => {
    const [first, ...others] = parts.map(of) as [Tensor, ...Tensor[]];
    return others.length > 0 ? concat([first, ...others], { axis }) : first;
  };
  const placed = placedEntries(model, start)
    .filter((entry) => entry.kind === 'slots' || kind !== 'trim')
    .map((entry): [string, Tensor] => {
      const { name, tensor, axis } = entry;
      if (axis < 0 || (entry.kind === 'source' && kind === 'compact')) {
        return [name, joined((part) => keptSentences(given, part, entry), 0)];
      }
      const all = joined((part) => keptPlaces(given, part, entry), 0);
      const shape = [all.shape[0] as Dim, ...tensor.shape.slice(1)].with(axis, all.shape[2] as Dim);
      const isMask = entry.kind === 'source' && axis === tensor.rank - 1;
      return [name, reshape(isMask ? withoutPadding(given, all) : all, { shape })];
    });
  const rows = Object.entries(start)
    .filter(([, state]) => kind === 'join' && state.kind === 'rows')
    .map(([name, state]): [string, Tensor] => [name, joined((part) => allRows(part, name, state), 1)]);
  return Object.fromEntries([...placed, ...rows].map(([name, tensor]) => [nextName(name), tensor]));
}

/** An input of the graph, one for each name. */
type Given = typeof input;

/** The sentences of one part to keep, with all their places. */
function keptSentences(given: Given, part: Part, { name, tensor, axis }: PlacedEntry): Tensor {
  const shape = [`${part}_past`, ...tensor.shape.slice(1)];
  const past = axis < 0 ? shape : shape.with(axis, `${part}_source`);
  return gather(input(partName(part, name), past, tensor.dtype), given(`${part}_sentences`, [part], 'int32'));
}

/** The places of one part to keep: [kept, lead, places, ...rest]. */
function keptPlaces(given: Given, part: Part, { kind, name, tensor, axis, lead }: PlacedEntry): Tensor {
  const places = given(placesName(part, { kind, lead }), [part, lead, `next_${kind}`], 'int32');
  const shape = [`${part}_past`, ...tensor.shape.slice(1)].with(axis, `${part}_${kind}`);
  const past = input(partName(part, name), shape, tensor.dtype);
  const rows = past.shape.slice(0, axis + 1).reduce(mulDim, 1);
  return gather(reshape(past, { shape: [rows, ...past.shape.slice(axis + 1)] }), places);
}

/**
 * A mask with zeros at places that only pad, so that nothing sees the vectors there. `x`: [sentences, lead, source].
 */
function withoutPadding(given: Given, x: Tensor): Tensor {
  const [sentences, , source] = x.shape as readonly [Dim, Dim, Dim];
  return mul(x, reshape(given('source_mask', [sentences, source]), { shape: [sentences, 1, source] }));
}

/** The rows of all beams of one part, [1, rows, ...]. */
function allRows(part: Part, name: string, { tensor }: StateTensor): Tensor {
  const rest = tensor.shape.slice(2);
  const past = input(partName(part, name), [`${part}_past`, `${part}_beams`, ...rest], tensor.dtype);
  return reshape(past, { shape: [1, mulDim(past.shape[0] as Dim, past.shape[1] as Dim), ...rest] });
}
