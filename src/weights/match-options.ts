import type { NameRule } from './name-rule.ts';

/** How the checkpoints of a family differ from a model's parameters. */
export interface MatchOptions {
  /** Applied in order to the names in the file that are not ignored. */
  readonly rules?: readonly NameRule[] | undefined;
  /** The base model's prefix (`bert`), which names of the file and of the model have or lack, each name by itself. */
  readonly prefix?: string | undefined;
  /** Patterns of names in the file that are not parameters: buffers. */
  readonly ignore?: readonly string[] | undefined;
  /** Patterns of parameters that not every class of the family has: heads, poolers. Those of other classes are unused. */
  readonly heads?: readonly string[] | undefined;
  /** A second name (by the rules) → the parameter it repeats, or supplies if that is missing. */
  readonly tied?: ReadonlyMap<string, string> | undefined;
  /** A parameter → the one whose tensor it takes if the file lacks its own. */
  readonly fallback?: ReadonlyMap<string, string> | undefined;
  /**
   * A second name → the field of `config.json` whose other value unties it, null if nothing does; `tie_word_embeddings`
   * when absent.
   */
  readonly untiedBy?: ReadonlyMap<string, string | null> | undefined;
  /** Patterns of tables of which a file may have more rows than are ever read; those are dropped. */
  readonly longTables?: readonly string[] | undefined;
}

/** What may differ when a checkpoint is only the start of another model. */
export interface StartOptions {
  /** Whether {@link MatchOptions.heads} may be missing or have other shapes; they are new. */
  readonly allowsNewHead?: boolean | undefined;
  /** A size of the file and its size in the model, where rows are added or dropped: the vocabulary's. */
  readonly resize?: { readonly from: number; readonly to: number } | undefined;
  /** Parameters that may have another shape in the file, where their numbers follow from what it holds. */
  readonly remade?: readonly Remade[] | undefined;
  /** Buffers that a file may lack, and what they then hold. */
  readonly buffers?: ReadonlyMap<string, () => Float32Array> | undefined;
}

/** A parameter that is made of a tensor of another shape. */
export interface Remade {
  /** Its name, with or without the base model's prefix. */
  readonly name: string;
  /** The shape in the file. */
  readonly from: readonly number[];
  /** Its numbers. @param data those of the file. */
  make(data: Float32Array): Float32Array;
}

/** What a tensor is, without its numbers. */
export interface TensorForm {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** A tensor whose shape in the file is not that of the parameter. */
export interface ShapeDifference {
  readonly name: string;
  readonly found: readonly number[];
  readonly expected: readonly number[];
}

/** How the names in a checkpoint differ from a model's, as far as it is allowed. */
export interface MatchReport {
  /** Parameters that the file lacks; they are new. */
  readonly missing: readonly string[];
  /** Tensors of heads that the class does not have, by the file's names; unused. */
  readonly unexpected: readonly string[];
  /** Parameters of a head that has another size in the file; they are new. */
  readonly mismatched: readonly ShapeDifference[];
  /** Parameters with rows added or dropped, or made of a tensor of another shape. */
  readonly resized: readonly ShapeDifference[];
  /** Tensors that are not parameters, by the file's names. */
  readonly buffers: readonly string[];
}

/** Where the numbers of a parameter are. */
export interface Source extends TensorForm {
  /** The tensor's name in the file. */
  readonly file: string;
  readonly isTransposed: boolean;
  /** Makes the parameter's numbers of the file's; absent if they are the same, apart from added or dropped rows. */
  readonly make?: Remade['make'];
}

/** A tensor that must hold what a parameter's holds. */
export interface Repeat {
  /** Its own name in the model. */
  readonly alias: string;
  /** The parameter. */
  readonly name: string;
  readonly source: Source;
}

/** The tensor of every parameter. */
export interface NameMatch {
  /** By the model's names, in the model's order; without those that are new. */
  readonly sources: ReadonlyMap<string, Source>;
  /** Tensors that must be equal to those of `sources`. */
  readonly repeats: readonly Repeat[];
  readonly report: MatchReport;
}
