import type { Picture } from '../picture/picture.ts';
import type { AttentionMap } from './attention-map.ts';

/** A label and its score. */
export interface ShownScore {
  readonly label: string;
  readonly score: number;
}

/** What a model read, what it says about it, and where it looked. */
export interface AttentionExample {
  /** The text, or the first of a pair; the name of an image. */
  readonly input: string;
  /** The second text of a pair: the context of a question, the hypothesis of a premise. */
  readonly pair?: string | undefined;
  /** The image, if the model reads one; the axes of the maps then have a `grid`. */
  readonly picture?: Picture | undefined;
  /** The scores of an image's labels, highest first. */
  readonly scores?: readonly ShownScore[] | undefined;
  /** What the model writes or predicts, if it has a head. */
  readonly output?: string | undefined;
  /** The expected output, if known. */
  readonly reference?: string | undefined;
  /** Whether rows and columns of the maps are words, see `wordAttention`. */
  readonly isOfWords?: boolean | undefined;
  /** A map for each kind of attention that the model has. */
  readonly maps: readonly AttentionMap[];
}

/** A part of a page. */
export interface Section {
  readonly markup: string;
  readonly style: string;
}

/** How a page draws the examples of a kind: texts, or images. */
export interface Drawing {
  /** How to read the maps. */
  readonly guide: string;
  readonly style: string;
  /** What an example shows below its heading. @throws {InputError} when its weights do not fit its tokens. */
  section(example: AttentionExample, id: string): Promise<Section>;
}
