import type { BaseRecipe } from '../task.ts';

/** Says that a new model has positions beyond the longest sequence of its training. `field`: what limits it. */
export function positionNotes(
  { model }: Pick<BaseRecipe, 'model'>,
  positions: number,
  [field, longest]: readonly [string, number],
): string[] {
  const isUnused = Number.isFinite(positions) && positions > longest && model.model_name_or_path === undefined;
  return isUnused
    ? [`model: of ${positions} positions, those after train.${field} = ${longest} are never trained`]
    : [];
}
