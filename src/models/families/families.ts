import type * as z from 'zod';
import type { HeadRow } from '../heads/head-row.ts';
import type { Role } from '../role.ts';
import type { FamilyRow } from './family-row.ts';
import * as rows from './rows.ts';

type ConfigOf<Row> = Row extends FamilyRow<infer C> ? C : never;

/** A checked configuration, its defaults filled in. */
export type ModelConfig = ConfigOf<(typeof rows)[keyof typeof rows]>;

/** The `model_type` of a family. */
const typeOf = ({ config }: FamilyRow<ModelConfig>): string => (config.shape.model_type as z.ZodLiteral<string>).value;

/** Every family by its `model_type`. */
const families: Readonly<Record<string, FamilyRow<ModelConfig>>> = Object.fromEntries(
  Object.values<FamilyRow<ModelConfig>>(rows).map((row) => [typeOf(row), row]),
);

/** Every known `model_type`. */
export const modelTypes: readonly string[] = Object.keys(families);

/** A family's row; undefined for an unknown one. */
export const familyOf = (modelType: string): FamilyRow<ModelConfig> | undefined =>
  Object.hasOwn(families, modelType) ? families[modelType] : undefined;

/** The family's class in a role, if it has one. */
export const headIn = (family: FamilyRow<ModelConfig>, role: Role): HeadRow<ModelConfig> | undefined =>
  family.heads.find((head) => head.role === role);

/** The model types of the families that have a class in a role. */
export const typesIn = (role: Role): string[] => modelTypes.filter((type) => headIn(families[type], role));

/** The fields that configurations of one family may have, and those of its class in a role. */
export interface ModelForm {
  readonly modelType: string;
  readonly config: z.ZodObject;
  readonly head?: z.ZodObject | undefined;
}

/** The schemas of all configurations whose model has a role. */
export const modelForms = (role: Role): readonly ModelForm[] =>
  typesIn(role).map((modelType) => {
    const family = families[modelType];
    const head = headIn(family, role)?.fields;
    return { modelType, config: family.config, ...(head && { head }) };
  });

/** A family's defaults for fields that a recipe's `model` omits; empty for an unknown family. */
export const modelDefaults = (modelType: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(familyOf(modelType)?.config.shape ?? {}).flatMap(([name, field]) => {
      const { data } = (field as z.ZodType).safeParse(undefined);
      return data === undefined ? [] : [[name, data] as const];
    }),
  );

/** The field names of a family's configurations; empty for an unknown family. */
export const modelFields = (modelType: string): readonly string[] =>
  Object.keys(familyOf(modelType)?.config.shape ?? {});

/** Whether configurations of a family have a field. */
export const hasModelField = (modelType: string, field: string): boolean => modelFields(modelType).includes(field);
