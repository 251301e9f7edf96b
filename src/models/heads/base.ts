import type { Body } from '../body/body.ts';
import { lastHidden } from '../body/body.ts';
import type { Model } from '../model.ts';
import type { HeadRow } from './head-row.ts';

/** The parts of a model that its body gives, whatever its head. */
export const bodyPart = (body: Body): Pick<Model, 'inputs' | 'width' | 'table' | 'hidden' | 'run'> => ({
  inputs: body.inputs,
  width: body.width,
  table: body.table,
  hidden: (root, given) => lastHidden(body, root, given),
  run: (root, given) => ({ given, body: body.run(root, given) }),
});

/** A body as a model without a head: it returns its vectors, and has no loss. */
export const baseModel = (body: Body): Model => ({
  ...bodyPart(body),
  labelInputs: [],
  outputs: (_, pass) => pass.body,
  terms: [],
});

/** A body without a head. */
export const baseHead = <C>(
  architecture: string,
  options: Pick<HeadRow<C>, 'readsPooler'> = {},
): HeadRow<C, 'encoder'> => ({ architecture, role: 'encoder', ...options, model: baseModel });
