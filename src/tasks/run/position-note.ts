import { startsFromFolder } from '../recipe/start-folder.ts';

type Model = Parameters<typeof startsFromFolder>[0];

/** Says that a new model has positions beyond the longest sequence of its training. `field`: what limits it. */
export function positionNotes(recipe: Model, positions: number, [field, longest]: readonly [string, number]): string[] {
  const isUnused = Number.isFinite(positions) && positions > longest && !startsFromFolder(recipe);
  return isUnused
    ? [`model: of ${positions} positions, those after train.${field} = ${longest} are never trained`]
    : [];
}
