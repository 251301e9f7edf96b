import * as z from 'zod';
import { activations } from '../../nn/index.ts';

/** A number of things, at least one. */
export const count = z.int().min(1);
/** More layers than any model has; tracing more would use up the memory before the checkpoint is compared. */
export const mostLayers = 1000;
/** A number of blocks, at least one. */
export const layers = count.max(mostLayers);
/** A probability of dropout. */
export const rate = z.number().min(0).lt(1);
/** The id of a token. */
export const tokenId = z.int().min(0);
/** The name of an activation. */
export const activation = z.enum(Object.keys(activations));

/** Refuses a field of a configuration: `expected …`, and what the field says. */
export const refusing =
  <C extends object>(config: C, context: z.RefinementCtx) =>
  (field: keyof C & string, expected: string): void =>
    context.addIssue({ code: 'custom', path: [field], message: `expected ${expected}, got ${config[field]}` });
