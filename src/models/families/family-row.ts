import type * as z from 'zod';
import type { MatchOptions } from '../../weights/parameter-match.ts';
import type { Role, RoleModel, RoleTokens } from '../role.ts';

/** What a configuration determines for a model in one role. */
export interface RoleSetup<R extends Role, C> extends RoleModel<R> {
  readonly config: C;
  readonly tokens: RoleTokens[R];
  /** The class that loads the checkpoint, `config.json`'s `architectures`: Python's where there is one. */
  readonly architecture: string;
  /** Rules from the checkpoint's names to the model's parameters. */
  readonly checkpoint: MatchOptions;
  /** Extra names under which a checkpoint repeats a parameter, for readers that do not tie it: name → parameter. */
  readonly copies: ReadonlyMap<string, string>;
  /** Fields that a family's own `generation_config.json` starts from. */
  readonly generationDefaults: Readonly<Record<string, unknown>>;
}

/** One row of the table of families: everything specific to a `model_type`. */
export interface FamilyRow<C, R extends Role = Role> {
  readonly role: R;
  readonly config: z.ZodObject & z.ZodType<C>;
  /** Transformers' defaults for fields that a `config.json` omits. */
  readonly fileDefaults: Readonly<Record<string, unknown>>;
  /** Fields of the family's files that nothing reads, besides those in `transformers-field.ts`. */
  readonly idleFields: readonly string[];
  /** Everything but the role; includes the configuration if it differs from the given one. */
  setup(config: C): FamilySetup<C, R>;
}

type FamilySetup<C, R extends Role> = {
  readonly [K in R]: Omit<RoleSetup<K, C>, 'config' | 'role'> & Partial<Pick<RoleSetup<K, C>, 'config'>>;
}[R];
