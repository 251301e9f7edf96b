import * as z from 'zod';
import type { Role } from '../../models/role.ts';

/** The type of a recipe's model, given by the schema of its `model`. */
export const modelRoles = z.registry<{ readonly role: Role }>();

/** The fields of a recipe's `model` that every family has. */
export const startFields = {
  model_type: z.string().min(1).optional().describe('the family, as in config.json'),
  model_name_or_path: z
    .string()
    .min(1)
    .optional()
    .describe(
      'folder of a model to start from, relative to the current directory: its weights, configuration and tokenizer',
    ),
};

/**
 * A new model, by the fields of its config.json, or a folder to start from and fields that replace the folder's. The
 * family, one with models in `role`, checks them once the data are known.
 */
export const modelOf = (role: Role) =>
  z
    .looseObject(startFields)
    .refine((model) => model.model_type !== undefined || model.model_name_or_path !== undefined, {
      path: ['model_type'],
      error: 'expected a family, or model_name_or_path with a folder to start from, got neither',
    })
    .describe('fields of the config.json of the new model, or a folder to start from and what differs from it')
    .register(modelRoles, { role });
