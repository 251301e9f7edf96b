import type { ModelSource } from '../platform/platform.ts';
import type { AttentionOptions } from './attention-option.ts';
import type { ShownAttention } from './shown-attention.ts';

/** What a model is given to read, as `heddle inspect` takes it. */
export interface AttentionCall extends Omit<AttentionOptions, 'references'> {
  readonly texts?: readonly string[] | undefined;
  /** A file of images. */
  readonly image?: string | undefined;
  /** Which images of the file, counted from 0. Default: the first. */
  readonly indices?: readonly number[] | undefined;
  /** Allows regular expressions in `tokenizer.json` that may not run in linear time. Default false. */
  readonly allow_unsafe_patterns?: boolean | undefined;
}

/** How models of a kind are shown what they look at. */
export interface AttentionReader {
  /** What it reads of a call; the first must be given, and anything else is refused. */
  readonly reads: readonly [keyof AttentionCall, ...(keyof AttentionCall)[]];
  /** Opens a model and runs it. @throws {InputError} when the model cannot be used or has no attention. */
  show(source: ModelSource, call: AttentionCall): Promise<ShownAttention>;
}
