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

/** The roles of bodies without a head. */
type BaseRole = 'encoder' | 'image-encoder';

/** A body without a head: it returns its vectors, and has no loss. */
export const baseHead = <C, R extends BaseRole = 'encoder'>(
  architecture: string,
  options: Pick<HeadRow<C>, 'readsPooler'> & { readonly role?: R } = {},
): HeadRow<C, R> => ({
  architecture,
  role: 'encoder' as R,
  ...options,
  model: (body) => ({
    ...bodyPart(body),
    labelInputs: [],
    outputs: (_, pass) => pass.body,
    terms: [],
  }),
});
