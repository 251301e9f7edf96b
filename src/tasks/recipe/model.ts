import * as z from 'zod';
import type { Role } from '../../models/role.ts';

/** What the model of a recipe is, by the schema of its `model`. */
export const modelRoles = z.registry<{ readonly role: Role }>();

/**
 * The checkpoint's config.json; its family, one of those whose models are in `role`, checks the rest of the fields when
 * the data are known.
 */
export const modelOf = (role: Role) =>
  z
    .looseObject({ model_type: z.string().min(1).describe('the family, as in config.json') })
    .describe('fields of the config.json of the model that is made')
    .register(modelRoles, { role });
