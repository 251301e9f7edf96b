import type * as z from 'zod';
import type { MatchOptions, Remade } from '../../weights/match-options.ts';
import type { Body } from '../body/body.ts';
import type { HeadRow } from '../heads/head-row.ts';
import type { TextTokens, TokenRange } from '../tokens.ts';
import type { NeutralFields } from './transformers-field.ts';

/** How the checkpoints of a family differ from the model's parameters. */
export interface FileRules {
  /** Rules from the checkpoint's names to the model's parameters. */
  readonly checkpoint: MatchOptions;
  /** Extra names under which a checkpoint repeats a parameter, for readers that do not tie it: name → parameter. */
  readonly copies: ReadonlyMap<string, string>;
}

/**
 * A layer that is tied to a table if a checkpoint holds no weight for it, or the table's own, whatever `config.json` says.
 */
export interface LooseTie {
  /** The layer's tensor. */
  readonly layer: string;
  /** The names under which a checkpoint may hold the table. */
  readonly tables: readonly string[];
  /** The fields of a file's configuration once it is known whether they are tied. */
  fields(file: Readonly<Record<string, unknown>>, isTied: boolean): Readonly<Record<string, unknown>>;
}

/** One row of the table of families: everything specific to a `model_type`. `C` has the fields of its `config.json`. */
export interface FamilyRow<C> {
  readonly config: z.ZodObject & z.ZodType<C>;
  /** Transformers' defaults for fields that a `config.json` omits. */
  readonly fileDefaults: Readonly<Record<string, unknown>>;
  /** Fields of the family's files that affect no result, besides those in `transformers-field.ts`. */
  readonly neutral: NeutralFields;
  /** Its classes; the first is that of a configuration that names none. */
  readonly heads: readonly HeadRow<C>[];
  /** Completes the fields, as they are written. */
  complete?(config: C): C;
  body(config: C, head: HeadRow<C>): Body;
  /** The limits of its tokens; absent if it reads no texts. */
  tokens?(config: C, head: HeadRow<C>): TextTokens | TokenRange;
  /** Absent if checkpoints hold exactly the parameters. */
  files?(config: C, head: HeadRow<C>): FileRules;
  /**
   * Parameters that a checkpoint has in another shape, because fields of its `config.json` were replaced; absent if there
   * are none.
   *
   * @param file the fields of `config.json`, unchecked.
   */
  remade?(config: C, file: Readonly<Record<string, unknown>>): readonly Remade[];
  /** Absent if `config.json` alone says what is tied. */
  readonly looseTie?: LooseTie;
  /** Fields that a family's own `generation_config.json` starts from. */
  generationDefaults?(config: C): Readonly<Record<string, unknown>>;
}
