import type { NodePlace } from '../../onnx/node-place.ts';
import type { NodeEvent, RecordedValue } from '../../runtime/backend.ts';
import type { LayerOf } from './layer.ts';
import type { RecordedProgram, Role } from './recorded-program.ts';

/** The layer of what belongs to no layer of the model, by the program in which it runs. */
export const layerNames: Readonly<Record<Role, string>> = {
  gradients: 'other',
  norm: 'gradient norm',
  update: 'optimizer',
};

const noPlace: NodePlace = { path: '', isNeeded: false, isRandom: false };

/**
 * The place of an executed node. The engine gives nodes that it fused or added names that begin or end otherwise; a node
 * without a path is where the loop around it is.
 */
function placeOf(event: NodeEvent, places: ReadonlyMap<string, NodePlace>): NodePlace {
  const name = event.node.name.replace(/^fused /, '');
  for (let end = name.length; end > 0; end = Math.max(name.lastIndexOf('/', end - 1), name.lastIndexOf('_', end - 1))) {
    const place = places.get(name.slice(0, end));
    if (!place) continue;
    if (place.path !== '' || !event.parent) return place;
    return { ...place, path: placeOf(event.parent, places).path };
  }
  return event.parent ? placeOf(event.parent, places) : noPlace;
}

/** The part of a training that a node belongs to. */
export interface NodeOrigin {
  readonly place: NodePlace;
  readonly layer: string;
  /** Undefined outside the model. */
  readonly pass: 'forward' | 'backward' | undefined;
}

/** Where an executed node comes from. */
export function originOf(
  event: NodeEvent,
  { role, places }: Pick<RecordedProgram, 'role' | 'places'>,
  layerOf: LayerOf,
): NodeOrigin {
  const place = placeOf(event, places);
  if (role !== 'gradients') return { place, layer: layerNames[role], pass: undefined };
  const layer = place.path === '' ? layerNames.gradients : layerOf(place.path);
  return { place, layer, pass: place.isNeeded ? 'forward' : 'backward' };
}

/** Most values whose shapes are listed on a side. */
const mostShapes = 3;

const shapeList = (values: readonly RecordedValue[]): string =>
  [
    ...values.slice(0, mostShapes).map(({ shape }) => `[${shape.join(', ')}]`),
    ...(values.length > mostShapes ? ['…'] : []),
  ].join(' · ');

/** `[64, 384] · [384, 1536] to [64, 1536]`. */
export const shapesOf = ({ node }: NodeEvent): string => `${shapeList(node.inputs)} to ${shapeList(node.outputs)}`;
