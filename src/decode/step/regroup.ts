import { type Dim, gather, input, mul, mulDim, reshape, type Shape, shapeOf, type Tensor } from '../../graph/index.ts';
import type { DecoderState, SequenceToSequenceModel, StateTensor } from '../../models/body/decoder.ts';
import { concat } from '../../ops/index.ts';
import { nextName } from './graph.ts';

/** The sentences that stay in a batch, and those of another batch that join them. */
export type Part = 'kept' | 'joined';

/**
 * A tensor of the state with an entry per sentence. Most have places along one axis: the slots of a sentence, or the tokens
 * of its source.
 */
export interface PlacedEntry {
  readonly kind: 'source' | 'slots';
  readonly name: string;
  readonly dtype: Tensor['dtype'];
  /** [sentences, ...lead, places, ...rest], or [sentences, ...]; in the state, slots are [sentences·lead·places, ...rest]. */
  readonly shape: Shape;
  /** The axis of the places; −1 if there are none. */
  readonly axis: number;
  /** Product of the sizes between sentences and places. */
  readonly lead: number;
}

/** The tensors of the state with an entry per sentence; the others have one row per beam. */
export const placedEntries = (model: SequenceToSequenceModel, start: DecoderState): PlacedEntry[] =>
  [...sourceShapes(start), ...slotShapes(model)].map((entry) => {
    const axis = entry.shape.findIndex((size, at) => at > 0 && typeof size !== 'number');
    const lead = entry.shape.slice(1, axis).reduce<number>((product, size) => product * Number(size), 1);
    return { ...entry, axis, lead };
  });

type ShapedEntry = Omit<PlacedEntry, 'axis' | 'lead'>;

const sourceShapes = (start: DecoderState): ShapedEntry[] =>
  Object.entries(start).flatMap(([name, { kind, tensor }]): ShapedEntry[] => {
    const { dtype, shape } = tensor;
    return kind === 'source' ? [{ kind, name, dtype, shape }] : [];
  });

const slotShapes = ({ slots }: SequenceToSequenceModel): ShapedEntry[] =>
  Object.entries(slots).map(([name, [heads, width]]) => {
    return { kind: 'slots', name, dtype: 'float', shape: shapeOf(['sentences', heads, 'slots', width]) };
  });

/** The input with a tensor of the state. */
export const partName = (part: Part, name: string): string => (part === 'kept' ? name : `joined/${name}`);

/** The input with the places to keep in tensors of a kind and with this lead. */
export const placesName = (part: Part, { kind, lead }: Pick<PlacedEntry, 'kind' | 'lead'>): string =>
  `${part}_${kind}.${lead}`;

/**
 * How a state changes between steps. `resize`: the number of slots changes, all sentences stay. `compact`: sentences are
 * dropped, too. `join`: besides, sentences of another batch are added after them; sources are padded to the longer.
 */
export type Regrouping = 'resize' | 'compact' | 'join';

/**
 * Keeps some of the sentences in the state and some of their slots, or adds those of another batch.
 *
 * Inputs: the state, and that of the other batch under {@link partName}; for slots, and for sources that are joined,
 * {@link placesName}: rows of the tensor seen as [sentences·lead·places, ...], int32 [sentences·lead·places] for slots,
 * [sentences, lead, places] for sources; otherwise `kept_sentences` and `joined_sentences`, int32 [sentences], for sources;
 * `source_mask`, float [sentences, source], 0 at places that only pad.
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
    .filter((entry) => entry.kind === 'slots' || kind !== 'resize')
    .map((entry): [string, Tensor] => {
      const { name, shape, axis } = entry;
      if (entry.kind === 'slots') return [name, joined((part) => keptSlots(given, part, entry), 0)];
      if (axis < 0 || kind === 'compact') return [name, joined((part) => keptSentences(given, part, entry), 0)];
      const all = joined((part) => keptPlaces(given, part, entry), 0);
      const [sentences, , places] = all.shape as readonly [Dim, Dim, Dim];
      const kept = [sentences, ...shape.slice(1)].with(axis, places);
      const isNumberPerToken = axis === shape.length - 1;
      return [name, reshape(isNumberPerToken ? withoutPadding(given, all) : all, { shape: kept })];
    });
  const rows = Object.entries(start)
    .filter(([, state]) => kind === 'join' && state.kind === 'rows')
    .map(([name, state]): [string, Tensor] => [name, joined((part) => allRows(part, name, state), 1)]);
  return Object.fromEntries([...placed, ...rows].map(([name, tensor]) => [nextName(name), tensor]));
}

/** An input of the graph, one for each name. */
type Given = typeof input;

/** The sentences of one part to keep, with all their places. */
function keptSentences(given: Given, part: Part, entry: PlacedEntry): Tensor {
  return gather(pastInput(part, entry), given(`${part}_sentences`, [part], 'int32'));
}

/** The slots of one part to keep: [kept·lead·slots, ...rest]. */
function keptSlots(given: Given, part: Part, entry: PlacedEntry): Tensor {
  const past = input(partName(part, entry.name), [`${part}_rows`, ...entry.shape.slice(entry.axis + 1)], entry.dtype);
  return gather(past, given(placesName(part, entry), [`${part} * ${entry.lead} * next_slots`], 'int32'));
}

/** The places of sources of one part to keep: [kept, lead, places, ...rest]. */
function keptPlaces(given: Given, part: Part, entry: PlacedEntry): Tensor {
  const places = given(placesName(part, entry), [part, entry.lead, 'next_source'], 'int32');
  const past = pastInput(part, entry);
  const rows = past.shape.slice(0, entry.axis + 1).reduce(mulDim, 1);
  return gather(reshape(past, { shape: [rows, ...past.shape.slice(entry.axis + 1)] }), places);
}

/** The input with a tensor of the sources of one part. */
function pastInput(part: Part, { name, dtype, shape, axis }: PlacedEntry): Tensor {
  const past = [`${part}_past`, ...shape.slice(1)];
  return input(partName(part, name), axis < 0 ? past : past.with(axis, `${part}_source`), dtype);
}

/**
 * Zeros at places that only pad: in a mask, so that nothing sees the vectors there. `x`: [sentences, lead, source].
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
