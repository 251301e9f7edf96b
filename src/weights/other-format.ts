import type { Folder } from '../io/folder.ts';

/** The Python line that rewrites a file that `torch.load` reads. */
const fromPickle = (file: string): string =>
  'convert it in Python: import torch, safetensors.torch; safetensors.torch.save_file({name: tensor.clone() ' +
  `for name, tensor in torch.load("${file}", map_location="cpu", weights_only=True).items()}, "model.safetensors", {"format": "pt"})`;

const fromClass = (release: string, how: string): string =>
  `convert it with ${release}, in Python: AutoModel.from_pretrained(FOLDER${how}).save_pretrained(FOLDER), with your model's class for AutoModel`;

/** Files in which weights are stored, other than safetensors, and how to convert each. */
const formats: Readonly<Record<string, string>> = {
  'pytorch_model.bin': `a pickle, which can run code when it is read; ${fromPickle('pytorch_model.bin')}`,
  'pytorch_model.bin.index.json': `pickles in shards; ${fromClass('Transformers', '')}`,
  'model.pt': `a pickle, which can run code when it is read; ${fromPickle('model.pt')}`,
  'pytorch_model.pt': `a pickle, which can run code when it is read; ${fromPickle('pytorch_model.pt')}`,
  'tf_model.h5': `TensorFlow's format; ${fromClass('Transformers 4', ', from_tf=True')}`,
  'flax_model.msgpack': `Flax's format; ${fromClass('Transformers 4', ', from_flax=True')}`,
  'adapter_model.safetensors':
    'an adapter without its model; merge them in Python: AutoPeftModel.from_pretrained(FOLDER).merge_and_unload().save_pretrained(MERGED)',
};

/** A file of a folder that holds weights in a format that is not read, and how to convert it; undefined if there is none. */
export async function otherFormat(folder: Folder): Promise<string | undefined> {
  for (const [file, remedy] of Object.entries(formats)) if (await folder.has(file)) return `${file}, ${remedy}`;
  return undefined;
}
