import type { SpecialTokenFiles } from './special-token.ts';

/** The files that a tokenizer is made from, as a folder has them. */
export interface SlowFiles extends SpecialTokenFiles {
  /** @throws {InputError} when the file is missing, empty or not UTF-8. */
  text(file: string): Promise<string>;
  /** @throws {InputError} when the file is missing. */
  bytes(file: string): Promise<Uint8Array>;
  /** The ids of a vocabulary that is written as JSON. @throws {InputError} when the file is missing or holds no ids. */
  ids(file: string): Promise<ReadonlyMap<string, number>>;
}
