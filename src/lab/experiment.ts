import type { Backend } from '../runtime/backend.ts';
import type { Figure } from './pages/figure.ts';
import type { Table } from './pages/table.ts';

/** What an experiment is given to work with. */
export interface Lab {
  readonly backend: Backend;
  /** One run of the experiment for each: the spread of a figure is over them. */
  readonly seeds: readonly number[];
  /** A share of the work, in (0, 1]: less than 1 for a quick look whose numbers prove nothing. */
  readonly budget: number;
  /** Says how much of the experiment is done, in [0, 1], and what comes next. */
  say(share: number, next: string): void;
}

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What an experiment looks at, in words. */
export interface Heading {
  readonly title: string;
  /** One sentence, in the source's words as far as they stand alone. */
  readonly claim: string;
  /** Authors, year, title, place in the text. */
  readonly source: string;
}

/** What an experiment found, in words. */
export interface Prose {
  /** What the numbers say, with the numbers: a sentence or two. */
  readonly says: string;
  /** Why it is so and what to look at, a paragraph each. */
  readonly explanation: readonly string[];
  /** How it was made, a paragraph each: model, data, sizes, and the rule by which the claim holds. */
  readonly method: readonly string[];
}

/** What an experiment found: words, pictures and numbers. */
export interface Finding extends Prose {
  /** Whether the claim held, by a rule that the experiment states in `method`. */
  readonly isShown: boolean;
  /** The first one is the one to put on a slide. */
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  /** The numbers behind figures and tables. */
  readonly data: Json;
}

/** A claim of the literature, and the program that looks whether it holds. */
export interface Experiment extends Heading {
  /** kebab-case; also the name of its folder in `experiments/`. */
  readonly name: string;
  run(lab: Lab): Promise<Finding>;
}

/** A count of steps, rows or draws under a lab's budget: its share of `full`, but never below `least`. */
export const budgeted = ({ budget }: Pick<Lab, 'budget'>, full: number, least = 1): number =>
  Math.max(Math.min(least, full), Math.round(full * budget));
