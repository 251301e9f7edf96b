import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';
import { inRole } from '../models/families/check-config.ts';
import { type LoadedModel, loadModel } from '../models/folder/load.ts';
import { type Role, roleNames } from '../models/role.ts';
import type { Backend } from '../runtime/backend.ts';
import { PreTrainedModel } from './model/pre-trained-model.ts';
import type { ModelSource } from './platform/platform.ts';
import { LanguageModel } from './text-generation/language-model.ts';
import { SequenceModel } from './text-to-text/sequence-model.ts';

/** The models that write, by their roles. */
interface WritingModels {
  readonly causal: LanguageModel;
  readonly 'sequence-to-sequence': SequenceModel;
}

/** The result of `loadModel` for each role: `forward` always, `generate` and `score` if the model writes. */
export type ModelsByRole = {
  readonly [R in Role]: R extends keyof WritingModels ? WritingModels[R] : PreTrainedModel<R>;
};

type Makers = { readonly [R in keyof WritingModels]: (loaded: LoadedModel<R>, backend: Backend) => WritingModels[R] };

const makers: Makers = {
  causal: (loaded, backend) => new LanguageModel(loaded, backend),
  'sequence-to-sequence': (loaded, backend) => new SequenceModel(loaded, backend),
};

type Make<R extends Role> = (loaded: LoadedModel, backend: Backend) => ModelsByRole[R] | PreTrainedModel;
const plain = (loaded: LoadedModel, backend: Backend) => new PreTrainedModel(loaded, backend);

/**
 * Loads a model of any role, or of the given one.
 *
 * @throws {InputError} when the folder is not a complete model of a known family, the model has another role, or the role is unknown.
 */
export async function modelOf<R extends Role>(
  { folder, backend, dtype }: ModelSource,
  role?: R,
): Promise<ModelsByRole[R]> {
  if (role !== undefined && !Object.hasOwn(roleNames, role)) {
    const roles = Object.keys(roleNames);
    const near = didYouMean(String(role), roles);
    throw new InputError(`loadModel: role: expected one of ${roles.join(', ')}, got ${JSON.stringify(role)}${near}`);
  }
  const any = await loadModel(folder, { dtype });
  const loaded = role === undefined ? any : inRole(any, role, folder.name);
  const make = (makers as Readonly<Record<string, Make<R>>>)[loaded.role] ?? plain;
  return make(loaded, backend) as ModelsByRole[R];
}
