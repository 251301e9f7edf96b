import * as z from 'zod';
import type { Violation } from '../../io/check.ts';
import { sameMeaning } from '../../io/synonym.ts';
import { modelFields } from '../../models/families/families.ts';

/** The inner object of a schema with a default or a transformation; undefined if there is none. */
export function objectOf(schema: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodPipe) return objectOf(schema.in) ?? objectOf(schema.out);
  const isWrapped =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapped ? objectOf(schema.unwrap()) : undefined;
}

/**
 * Suggests the right place for an unknown field if its own place has no similar name:
 * `learning_rate` at the root is `train.learning_rate`.
 *
 * @param modelType the family whose fields `model` has.
 */
export function withPlace(violation: Violation, schema: z.ZodType, modelType: unknown): Violation {
  const { path, message, isUnknownField } = violation;
  // A message that already suggests a name ends with a question mark.
  if (!isUnknownField || path.length > 2 || message.endsWith('?')) return violation;
  const name = String(path[path.length - 1]);
  const parts = Object.entries(objectOf(schema)?.shape ?? {}).flatMap(([part, within]) => {
    if (part === path[0]) return [];
    const known = part === 'model' ? modelFields(String(modelType)) : Object.keys(objectOf(within)?.shape ?? {});
    return [[part, known] as const];
  });
  const exact = parts.filter(([, known]) => known.includes(name)).map(([part]) => `${part}.${name}`);
  const alike = parts.flatMap(([part, known]) => sameMeaning(name, known).map((field) => `${part}.${field}`));
  const [place] = [...exact, ...alike];
  return place === undefined ? violation : { ...violation, message: `${message}; did you mean "${place}"?` };
}
