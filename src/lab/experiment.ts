import type { Backend } from '../runtime/backend.ts';
import type { Figure } from './pages/figure.ts';
import type { Table } from './pages/table.ts';

/** The means of an experiment. */
export interface Lab {
  readonly backend: Backend;
  /** The experiment runs once per seed; figures show the spread over seeds. */
  readonly seeds: readonly number[];
  /** Share of the work, in (0, 1]; below 1 for a quick look whose numbers prove nothing. */
  readonly budget: number;
  /** Reports how much of the experiment is done, in [0, 1], and the next step. */
  say(share: number, next: string): void;
}

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The claim of an experiment, in words. */
export interface Heading {
  readonly title: string;
  /** One sentence, as close to the source's words as possible. */
  readonly claim: string;
  /** Authors, year, title, section. */
  readonly source: string;
}

/** The findings of an experiment, in words. */
export interface Prose {
  /** What was measured, with the numbers, in a sentence or two. */
  readonly says: string;
  /** Why, and what to notice, in paragraphs. */
  readonly explanation: readonly string[];
  /** The method, in paragraphs: model, data, sizes, and the rule that decides whether the claim holds. */
  readonly method: readonly string[];
}

/** The findings of an experiment: text, figures and numbers. */
export interface Finding extends Prose {
  /** Whether the claim held, by a rule that the experiment states in `method`. */
  readonly isShown: boolean;
  /** The first one is the figure for a slide. */
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  /** The numbers behind figures and tables. */
  readonly data: Json;
}

/** A claim from the literature, and the program that checks it. */
export interface Experiment extends Heading {
  /** kebab-case; also the name of its folder in `experiments/`. */
  readonly name: string;
  run(lab: Lab): Promise<Finding>;
}

/** A number of steps, rows or draws within the budget: the share of `full`, but at least `least`. */
export const budgeted = ({ budget }: Pick<Lab, 'budget'>, full: number, least = 1): number =>
  Math.max(Math.min(least, full), Math.round(full * budget));
