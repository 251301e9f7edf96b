import { createGenerator, type Generator } from '../../decode/generator.ts';
import { inRole } from '../../models/families/check-config.ts';
import { loadModel } from '../../models/folder/load.ts';
import type { Backend } from '../../runtime/backend.ts';
import { WritingModel } from '../model/writing-model.ts';
import type { ModelSource } from '../platform/platform.ts';

/** A loaded sequence-to-sequence model. Must be disposed of. */
export class SequenceModel extends WritingModel<'sequence-to-sequence'> {
  /** @throws {InputError} when the folder is not a complete model of a known family, or the model is not an encoder–decoder. */
  static async load({ folder, backend, dtype }: ModelSource): Promise<SequenceModel> {
    return new SequenceModel(inRole(await loadModel(folder, { dtype }), 'sequence-to-sequence', folder.name), backend);
  }

  protected makeGenerator(backend: Backend): Generator {
    return createGenerator(this.loaded.model, this.loaded.parameters, backend);
  }
}
