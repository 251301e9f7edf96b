import { noPadding, type Padding } from '../data/batch/padding.ts';
import type { Model } from './model.ts';

/** A model, alone or with what was made for the same configuration. */
export interface FormedModel {
  readonly model: Pick<Model, 'inputs'>;
  /** The limits of its tokens; absent if it reads images. */
  readonly tokens?: { readonly maxTokens: number; readonly padding?: Padding | undefined } | undefined;
}

/** Whether a model reads texts of all lengths in the same form. */
export const hasOneForm = ({ model: { inputs } }: FormedModel): boolean => inputs.every(({ paddedTo }) => !paddedTo);

/**
 * A model in the form in which it reads texts of so many tokens. A form is a set of inputs, on which the graph depends; a
 * model as its family makes it is in the form for its longest texts, and one without other forms is returned as it is.
 */
export function forLength<S extends FormedModel>(setup: S, tokens: number): S {
  if (hasOneForm(setup)) return setup;
  const { inputs } = setup.model;
  const own = inputs.filter(({ paddedTo }) => !paddedTo || paddedTo(tokens) !== undefined);
  return { ...setup, model: { ...setup.model, inputs: own.map(({ paddedTo: _, ...spec }) => spec) } };
}

/** Names the form for texts of so many tokens. */
export const formName = (setup: FormedModel, tokens: number): string =>
  forLength(setup, tokens)
    .model.inputs.map(({ name }) => name)
    .join();

/** Whether texts of these lengths may share a batch: in one form, and where padding matters, padded to one length. */
export const mayShareBatch = ({ model: { inputs } }: FormedModel, a: number, b: number): boolean =>
  inputs.every(({ paddedTo }) => paddedTo?.(a) === paddedTo?.(b));

/** What counts are multiples of: a batch has hundreds of labels, in every batch another number, and tens of rows of characters. */
const [ofCounts, ofRows] = [64, 8];

const roundedUp = (size: number, multiple: number): number => Math.ceil(size / multiple) * multiple;

/**
 * A model whose batches are padded to lengths that are multiples of a number of tokens, as with Transformers'
 * `pad_to_multiple_of`. A length is rounded up to no more than the model's positions and `most` tokens, and not to one at
 * which the model reads texts in another form. A model of images is returned as it is.
 */
export function withPadding<S extends FormedModel>(setup: S, multiple: number, most: number): S {
  const { tokens } = setup;
  if (!tokens) return setup;
  const length = (longest: number): number => {
    const padded = Math.max(longest, Math.min(roundedUp(longest, multiple), tokens.maxTokens, most));
    return mayShareBatch(setup, longest, padded) ? padded : longest;
  };
  const count = (items: number): number => roundedUp(items, ofCounts);
  const rows = (count: number): number => roundedUp(count, ofRows);
  return { ...setup, tokens: { ...tokens, padding: multiple > 1 ? { length, count, rows } : noPadding } };
}
