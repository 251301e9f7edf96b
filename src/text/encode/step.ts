import type { PlacedText } from './placed-text.ts';

/** A change of a text, in two forms with the same result: on the text alone, which is fast, and with places. */
export interface Step {
  plain(text: string): string;
  /** Called for texts that `plain` changes. */
  placed(text: PlacedText): PlacedText;
  /** Whether each unit of a text is written as one unit, in its place. False is always right. */
  isInPlace?(text: string): boolean;
}

/** A text after a step. Where nothing changes, places stay. */
export const stepped = (step: Step, text: PlacedText): PlacedText =>
  step.plain(text.text) === text.text ? text : step.placed(text);

/** Steps one after the other. */
export const inSequence = (steps: readonly Step[]): Step => ({
  plain: (text) => steps.reduce((changed, step) => step.plain(changed), text),
  placed: (text) => steps.reduce((changed, step) => stepped(step, changed), text),
});
