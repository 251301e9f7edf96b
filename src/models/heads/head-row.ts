import type * as z from 'zod';
import type { Body } from '../body/body.ts';
import type { RoleModels } from '../model.ts';
import type { Role } from '../role.ts';

/** One row a class of a family: what turns its body into a model for a task. `C` has the family's fields and the head's. */
export interface HeadRow<C, R extends Role = Role> {
  /** The class's name in `architectures`: Python's where there is one. */
  readonly architecture: string;
  readonly role: R;
  /** Whether it reads the body's `pooler_output`, or returns it; `only`: nothing else of the body. */
  readonly readsPooler?: boolean | 'only';
  /** Whether it reads only the vector of the first token. */
  readonly readsFirstOnly?: boolean;
  /** The schema of its own fields in `config.json`; absent if it has none. */
  readonly fields?: z.ZodObject;
  /** Completes the fields, as they are written. */
  complete?(config: C): C;
  model(body: Body, config: C): RoleModels[R];
}
