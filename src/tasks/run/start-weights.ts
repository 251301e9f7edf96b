import { checkConfig } from '../../models/families/check-config.ts';
import { type ModelSetup, modelParameters } from '../../models/families/setup.ts';
import { openModel } from '../../models/folder/load.ts';
import { loadNotes } from '../../models/folder/load-report.ts';
import type { Role } from '../../models/role.ts';
import type { WeightStore } from '../../weights/weight-store.ts';
import { unusableDropouts } from './dropout-field.ts';
import type { RunBase } from './run-base.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Weights to start from. Must be closed. */
export interface StartWeights {
  readonly weights: WeightStore;
  /** What is new, unused or of another size, and which dropouts drop nothing, one line each. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens the weights of a folder for a model; a head that the folder lacks, or has with another size, other labels or for
 * another task, is new.
 *
 * @param fields what replaces the fields of the folder's configuration.
 * @throws {InputError} when the weights are not those of the model.
 */
export async function openStart(setup: ModelSetup, fields: Fields, base: RunBase): Promise<StartWeights> {
  const { weights, report, unknownFields, close } = await openModel(base.folder, {
    role: setup.role,
    fields,
    allowsNewHead: true,
  });
  const parameters = modelParameters(setup);
  const relabelled = hasOtherLabels(setup, base) ? headParameters(setup) : [];
  const added = relabelled.filter((name) => weights.origin(name) !== 'new');
  const missing = [...report.missing, ...added].map((name) => `${name} [${parameters.get(name)?.shape.join(', ')}]`);
  return {
    weights: { ...weights, origin: (name) => (relabelled.includes(name) ? 'new' : weights.origin(name)) },
    notes: [...loadNotes({ ...report, missing }, unknownFields), ...dropoutNotes(setup)].map(
      (line) => `${base.folder.name}: ${line}`,
    ),
    close,
  };
}

/** Says which dropouts of a folder round to 0. */
const dropoutNotes = ({ config }: ModelSetup): string[] =>
  unusableDropouts(config).map(
    ({ name, value }) => `${name} ${value} is less than 1/512 and drops nothing in training, as 0 does`,
  );

/** The labels of a folder's model by their ids, if it has the role; undefined for a model of another. */
export function baseLabels(role: Role, { config, where }: RunBase): readonly string[] | undefined {
  const was = checkConfig(config, where);
  return was.role === role && 'labels' in was.model ? was.model.labels : undefined;
}

/**
 * Whether a model has labels that are not those of the folder's: other ones, even if there are as many, or labels for
 * another task. A tagger's head has the name and shape of a classifier's.
 */
function hasOtherLabels({ role, model }: ModelSetup, base: RunBase): boolean {
  const before = baseLabels(role, base);
  return 'labels' in model && !(before && isSameList(before, model.labels));
}

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((label, id) => label === b[id]);

/** The parameters of a head over a body: its layers, with their biases. */
function headParameters(setup: ModelSetup): string[] {
  const parameters = modelParameters(setup);
  const layerOf = (name: string): string => name.slice(0, name.lastIndexOf('.') + 1);
  const layers = new Set([...parameters].filter(([, { part }]) => part === 'head').map(([name]) => layerOf(name)));
  return [...parameters.keys()].filter((name) => layers.has(layerOf(name)));
}
