import type * as z from 'zod';

/**
 * A field that follows from the data: a recipe may omit it and cannot give it another value. Its JSON Schema says
 * `readOnly`.
 */
export const derived = <T extends z.ZodType>(field: T, meaning: string): T =>
  field.meta({ description: meaning, readOnly: true });
