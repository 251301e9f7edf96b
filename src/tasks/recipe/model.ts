import { z } from 'zod';

/** The checkpoint's config.json; the family's own schema checks the rest of the fields. */
export const model = z
  .looseObject({ model_type: z.string().min(1).describe('the family, as in config.json') })
  .describe('fields of the config.json of the model that is made');
