import type { Parameter } from '../../nn/index.ts';
import { Trace } from '../../nn/index.ts';
import type { HeadRow } from '../heads/head-row.ts';
import { graphInputs } from '../inputs/input-spec.ts';
import type { Role, RoleModel, RoleTokens } from '../role.ts';
import type { ModelConfig } from './families.ts';
import type { FamilyRow, FileRules } from './family-row.ts';

/** What a configuration determines for a model in one role. */
export interface RoleSetup<R extends Role> extends RoleModel<R>, FileRules {
  readonly config: ModelConfig;
  readonly tokens: RoleTokens[R];
  /** The class that loads the checkpoint, `config.json`'s `architectures`: Python's where there is one. */
  readonly architecture: string;
  /** Fields that a family's own `generation_config.json` starts from. */
  readonly generationDefaults: Readonly<Record<string, unknown>>;
  /** The `config.json` as it was read, with what overrides it; empty for a recipe. What is saved is laid over it. */
  readonly source: Fields;
  /** Fields of the source that nothing knows; they have no effect and are kept. */
  readonly unknownFields: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** A configuration and what it determines. `role` says what kind of model it is. */
export type ModelSetup<R extends Role = Role> = { readonly [K in R]: RoleSetup<K> }[R];

/** What a checked configuration determines. */
export function setupOf(
  family: FamilyRow<ModelConfig>,
  head: HeadRow<ModelConfig>,
  given: ModelConfig,
  { source = {}, unknownFields = [] }: { readonly source?: Fields; readonly unknownFields?: readonly string[] } = {},
): ModelSetup {
  const own = family.complete?.(given) ?? given;
  const config = head.complete?.(own) ?? own;
  const files = family.files?.(config, head) ?? { checkpoint: {}, copies: new Map() };
  // A head's row knows the type of its model, which the table of families cannot.
  return {
    role: head.role,
    model: head.model(family.body(config, head), config),
    config,
    tokens: family.tokens?.(config, head),
    architecture: head.architecture,
    generationDefaults: family.generationDefaults?.(config) ?? {},
    source,
    unknownFields,
    ...files,
  } as ModelSetup;
}

/** Every parameter of a model by the checkpoint's name, in the order in which a forward pass meets them. */
export function modelParameters({ model }: Pick<RoleModel, 'model'>): ReadonlyMap<string, Parameter> {
  const trace = new Trace();
  model.unread?.(trace.root);
  model.outputs(trace.root, model.run(trace.root, graphInputs(model.inputs)));
  return trace.parameters;
}
