import * as z from 'zod';
import type { Role } from '../../models/role.ts';

/** The type of a recipe's model, given by the schema of its `model`. */
export const modelRoles = z.registry<{ readonly role: Role }>();

/**
 * The checkpoint's config.json. Its family, one with models in `role`, checks the other fields once the data are known.
 */
export const modelOf = (role: Role) =>
  z
    .looseObject({ model_type: z.string().min(1).describe('the family, as in config.json') })
    .describe('fields of the config.json of the new model')
    .register(modelRoles, { role });
