import type { Violation } from '../../io/check.ts';
import { didYouMeanField, nearestName } from '../../io/nearest.ts';
import { labelShape } from '../heads/fields/classifier-fields.ts';
import type { HeadRow } from '../heads/head-row.ts';
import type { ModelConfig } from './families.ts';
import type { FamilyRow } from './family-row.ts';
import { type NeutralFields, neutralFault, sharedNeutral } from './transformers-field.ts';

/** The fields of a `config.json`. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a file that are still valid beside others: labels go together. */
export function withoutReplaced(file: Fields, overrides: Fields): Fields {
  const labels = Object.keys(labelShape);
  if (!labels.some((name) => Object.hasOwn(overrides, name))) return file;
  return Object.fromEntries(Object.entries(file).filter(([name]) => !labels.includes(name)));
}

/** A family and its class that a configuration is for. */
export interface FamilyClass {
  readonly type: string;
  readonly family: FamilyRow<ModelConfig>;
  readonly head: HeadRow<ModelConfig>;
}

/** What the fields of a file are. */
export interface SortedFields {
  /** Those that act, and typos of them. */
  readonly known: Fields;
  readonly unknownFields: readonly string[];
  /** Neutral fields with other values. */
  readonly faults: readonly Violation[];
}

/**
 * Sorts the fields of a file into those that act, those that affect no result, and unknown ones. A name close to a known
 * one is a typo, and a field that overrides must act.
 */
export function sortedFields({ family, head }: FamilyClass, fields: Fields, overrides: Fields): SortedFields {
  const own = [...Object.keys(family.config.shape), ...Object.keys(head.fields?.shape ?? {})];
  const neutral: NeutralFields = { ...sharedNeutral(head.role), ...family.neutral };
  const watched = Object.keys(neutral).filter((name) => neutral[name] !== 'any');
  const ownValue = (name: string): unknown =>
    fields[name] ?? family.fileDefaults[name] ?? family.config.shape[name]?.safeParse(undefined).data;
  const known: Record<string, unknown> = {};
  const unknownFields: string[] = [];
  const faults: Violation[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const field = Object.hasOwn(neutral, name) ? neutral[name] : undefined;
    if (own.includes(name)) known[name] = value;
    else if (field) {
      const idle = `${name}: not used by ${head.architecture}; remove it`;
      const message = Object.hasOwn(overrides, name) ? idle : neutralFault(name, field, value, ownValue);
      if (message) faults.push({ path: [name], message, isUnknownField: false });
    } else if (Object.hasOwn(overrides, name) || nearestName(name, [...own, ...watched]) !== undefined) {
      faults.push({
        path: [name],
        message: `unknown field ${JSON.stringify(name)}${didYouMeanField(name, [...own, ...watched])}`,
        isUnknownField: true,
      });
    } else unknownFields.push(name);
  }
  return { known, unknownFields, faults };
}
