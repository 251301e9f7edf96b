import * as z from 'zod';
import { familyOf } from '../families/families.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A field without its default, and without being optional or nullable. */
function innerType(field: unknown): unknown {
  const isWrapped = field instanceof z.ZodDefault || field instanceof z.ZodOptional || field instanceof z.ZodNullable;
  return isWrapped ? innerType(field.unwrap()) : field;
}

/** Whether a field may be any number, not only a whole one. */
function isFloat(field: unknown): boolean {
  const inner = innerType(field);
  return inner instanceof z.ZodNumber && inner.format === null;
}

/** The fields of a class that may be any number, by name. */
function floatFields(modelType: string, architecture: string): ReadonlySet<string> {
  const family = familyOf(modelType);
  const head = family?.heads.find((row) => row.architecture === architecture);
  const fields = Object.entries({ ...family?.config.shape, ...head?.fields?.shape });
  return new Set(fields.filter(([, field]) => isFloat(field)).map(([name]) => name));
}

/** JSON by lines, its fields in order. `isFloat`: whether a whole number gets a point. */
export function jsonText(fields: Fields, isFloat: (name: string) => boolean = () => false): string {
  const inOrder = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = inOrder.map(([name, value]) => {
    const text = JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
    return `  ${JSON.stringify(name)}: ${text}${isFloat(name) && /^-?\d+$/.test(text) ? '.0' : ''}`;
  });
  return lines.length > 0 ? `{\n${lines.join(',\n')}\n}\n` : '{}\n';
}

/** A `config.json`. Whole numbers in fields that need none have a point: Transformers refuses them in a field of type float. */
export function configText(config: Fields, modelType: string, architecture: string): string {
  const floats = floatFields(modelType, architecture);
  return jsonText(config, (name) => floats.has(name));
}
