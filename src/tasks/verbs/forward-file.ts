import { basename, dirname } from 'node:path';
import { diskFolder } from '../../io/disk-folder.ts';
import { writeWhole } from '../../io/whole-file.ts';
import { loadModel } from '../../models/folder/load.ts';
import { forward } from '../../models/forward.ts';
import { nodeBackend } from '../../runtime/node.ts';
import { parseSafetensors, safetensorsPieces } from '../../weights/safetensors.ts';

/** The files of `heddle forward`. */
export interface ForwardFiles {
  /** A safetensors file with the inputs. */
  readonly inputs: string;
  /** The safetensors file to write; it appears only when complete. */
  readonly outputs: string;
  /** Also d loss / d parameter, as `grad/NAME`. */
  readonly gradients: boolean;
  /** The engine by its name; default: the usual one. */
  readonly engine?: string | undefined;
}

/**
 * A forward pass from file to file: `heddle forward`.
 *
 * @throws {InputError} when the model or a file cannot be used, or the inputs do not fit the model.
 */
export async function forwardFiles(model: string, { inputs, outputs, gradients, engine }: ForwardFiles): Promise<void> {
  const backend = nodeBackend(engine);
  const bytes = await diskFolder(dirname(inputs)).read(basename(inputs));
  const { tensors } = parseSafetensors(bytes, inputs);
  const loaded = await loadModel(diskFolder(model));
  const results = await forward(loaded, tensors, backend, { gradients });
  await writeWhole(outputs, safetensorsPieces(results));
}
