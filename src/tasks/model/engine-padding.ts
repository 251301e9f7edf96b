import { type FormedModel, withPadding } from '../../models/text-length.ts';
import type { Backend } from '../../runtime/backend.ts';

/**
 * The multiple on engines for which every new shape is costly. On Multi30k it leaves a fifth of the shapes and 10 % of padding; with 8
 * there are not many fewer shapes, and 20 % of padding.
 */
const ofManyShapes = 4;

/** What the lengths of batches are multiples of on an engine, where nobody chose: 4 or 1. */
export const usualMultiple = ({ habits }: Pick<Backend, 'habits'>): number =>
  habits?.has('preparesShapes') ? ofManyShapes : 1;

/** A model with the padding that is usual on an engine, unless it has one. `most`: see {@link withPadding}. */
export const withUsualPadding = <S extends FormedModel>(setup: S, engine: Pick<Backend, 'habits'>, most: number): S =>
  setup.tokens?.padding ? setup : withPadding(setup, usualMultiple(engine), most);
