import type { Model } from './model.ts';

/** A model, alone or with what was made for the same configuration. */
export interface FormedModel {
  readonly model: Pick<Model, 'inputs'>;
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
