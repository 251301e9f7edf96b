import { InputError, reportAll } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { modelParameters } from '../../models/families/setup.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import { type Parameter, Trace } from '../../nn/index.ts';
import { type Grouping, trainerGroup } from '../../train/optimizers/parameter-group.ts';
import { matchesAny } from '../../weights/name-rule.ts';
import type { Tuning } from '../recipe/train.ts';

/** How a run treats parts of its model. */
export interface PartTreatment {
  readonly group: Grouping;
  readonly frozen: ReadonlySet<string>;
  /** Updates before the last part is trained too; 0 without gradual unfreezing. */
  readonly begun: number;
}

/** The names of the parameters below the head. */
function bodyNames({ model }: ModelSetup): ReadonlySet<string> {
  const trace = new Trace();
  model.run(trace.root, graphInputs(model.inputs));
  return new Set(trace.parameters.keys());
}

/** The most `**` in a pattern: more would take long to match. */
const mostAnyDepth = 3;

/** Names and the paths above them: `a.b.c`, `a.b`, `a`. */
const withPaths = (names: Iterable<string>): Set<string> =>
  new Set([...names].flatMap((name) => name.split('.').map((_, i, parts) => parts.slice(0, i + 1).join('.'))));

/**
 * The parameters that patterns name: whole names, paths that they are below, or either with `*` for one part of a name
 * and `**` for several.
 *
 * @throws {InputError} for patterns that name nothing, with the nearest names, and when all parameters are frozen.
 */
export function frozenBy(patterns: readonly string[], names: readonly string[]): ReadonlySet<string> {
  const frozen = new Set<string>();
  const violations: string[] = [];
  for (const pattern of patterns) {
    if (pattern.split('**').length - 1 > mostAnyDepth) {
      violations.push(`expected at most ${mostAnyDepth} "**" in a pattern, got "${pattern}"`);
      continue;
    }
    const found = names.filter((name) => matchesAny(name, [pattern, `${pattern}.**`]));
    for (const name of found) frozen.add(name);
    if (found.length > 0) continue;
    const near = didYouMean(pattern, withPaths(names));
    violations.push(`expected names of parameters or of what they are in, got "${pattern}"${near}`);
  }
  if (violations.length > 0) throw reportAll('recipe: train.freeze', violations);
  return frozen;
}

/** The number of blocks in the stacks of a model; 0 if it has none. */
const depthOf = (parameters: Iterable<Parameter>): number =>
  [...parameters].reduce((most, { above = 0 }) => Math.max(most, above), 0);

/**
 * How each parameter is trained: as the Trainer does, but for what a recipe says of the head, of blocks and of frozen parts.
 *
 * With a decay of rates λ, a parameter with k blocks above its own learns at λ^(k + 1) times the rate, the table of tokens
 * at the end; the head at its own rate. With gradual unfreezing after n epochs each, block k from above begins after
 * n·(k + 1) epochs.
 *
 * Source: Howard & Ruder 2018, section 3.3 (gradual unfreezing); Clark et al. 2020, appendix B (decay of rates).
 *
 * @param updatesInEpoch updates of the optimizer in an epoch.
 * @throws {InputError} when a pattern names nothing, or the model has no blocks or no trained head to treat.
 */
export function partTreatment(
  setup: ModelSetup,
  train: Tuning & { readonly learning_rate: number },
  updatesInEpoch: number,
): PartTreatment {
  const { freeze, head_learning_rate: headRate, layerwise_lr_decay: decayOfRates, gradual_unfreezing: epochs } = train;
  const parameters = modelParameters(setup);
  const frozen = frozenBy(freeze, [...parameters.keys()]);
  const body = bodyNames(setup);
  const refuse = (field: string, needed: string) => {
    throw new InputError(`recipe: train.${field}: ${setup.architecture} has no ${needed}; remove it`);
  };
  const depth = depthOf(parameters.values());
  if (depth === 0) {
    if (decayOfRates !== 1) refuse('layerwise_lr_decay', 'stack of blocks');
    if (epochs !== undefined) refuse('gradual_unfreezing', 'stack of blocks');
  }
  const isHead = (name: string) => !body.has(name);
  const isTrained = ([name, { isTrained }]: readonly [string, Parameter]) => isTrained && !frozen.has(name);
  if (headRate !== undefined && ![...parameters].some((one) => isHead(one[0]) && isTrained(one))) {
    refuse('head_learning_rate', 'head of its own that is trained');
  }
  const group: Grouping = (name, parameter) => {
    const usual = trainerGroup(name, parameter);
    if (isHead(name)) return headRate === undefined ? usual : { ...usual, rate: headRate / train.learning_rate };
    const { above = 0 } = parameter;
    const from = epochs === undefined ? 0 : Math.ceil(epochs * (above + 1) * updatesInEpoch);
    return { ...usual, rate: decayOfRates ** (above + 1), ...(from > 0 && { from }) };
  };
  return { group, frozen, begun: Math.ceil((epochs ?? 0) * (depth + 1) * updatesInEpoch) };
}
