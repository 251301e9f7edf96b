import { type Binding, solveDim } from './dimension.ts';
import type { Tensor } from './node.ts';
import { ShapeError, showShape } from './shape.ts';

/**
 * Binds symbols from the shapes that are fed.
 *
 * @throws {ShapeError} when a rank or a size disagrees, a size is 0, or a symbol cannot be determined.
 */
export function bindShapes(inputs: ReadonlyMap<string, Tensor>, fed: ReadonlyMap<string, readonly number[]>): Binding {
  const binding = new Map<string, number>();
  let open = [...inputs].flatMap(([name, tensor]) => {
    const sizes = fed.get(name);
    if (!sizes) throw new ShapeError(`run: input "${name}" ${tensor} is not fed`);
    if (sizes.length !== tensor.rank || sizes.includes(0)) {
      throw new ShapeError(
        `run: input "${name}" must have shape ${showShape(tensor.shape)} and no size of 0, got ${showShape(sizes)}`,
      );
    }
    return tensor.shape.map((dim, axis) => ({ name, dim, size: sizes[axis], axis }));
  });
  for (let progress = true; open.length && progress; ) {
    const rest = open.filter(({ name, dim, size, axis }) => {
      try {
        return !solveDim(dim, size, binding);
      } catch (error) {
        throw new ShapeError(`run: input "${name}" axis ${axis}: ${(error as Error).message}`);
      }
    });
    progress = rest.length < open.length;
    open = rest;
  }
  if (open.length)
    throw new ShapeError(`run: ${open[0].dim} of input "${open[0].name}" cannot be solved from the feeds`);
  return binding;
}
