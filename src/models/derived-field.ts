import type { z } from 'zod';

/**
 * A field that follows from the data: a recipe need not give it, and may give no other value. Its JSON Schema says
 * `readOnly`.
 */
export const derived = <T extends z.ZodType>(field: T, meaning: string): T =>
  field.meta({ description: meaning, readOnly: true });
