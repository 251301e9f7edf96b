/** Whether T5's output layer is the embedding table is what the weights say, as in Transformers 5. */
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { writeSafetensors } from '../../src/weights/safetensors.ts';
import { elementCount, float32Tensor } from '../../src/weights/tensor.ts';
import { drawFloats } from '../ops/draw.ts';
import { memoryFolder } from './folder.ts';

const fields = {
  ...{ model_type: 't5', architectures: ['T5ForConditionalGeneration'], vocab_size: 12, d_model: 8, d_kv: 4, d_ff: 8 },
  ...{ num_layers: 1, num_heads: 2 },
};

const head = 'lm_head.weight';
type Head = 'absent' | 'equal' | 'different' | 'of another shape';

/** A folder with a `config.json` and a checkpoint whose output layer is as said. */
function folderWith(own: object, kind: Head) {
  const setup = checkConfig({ ...fields, ...own, tie_word_embeddings: true }, 'config.json');
  const tensors = new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => [
      name,
      float32Tensor(shape, drawFloats(name, elementCount(shape))),
    ]),
  );
  const heads: Record<Head, () => void> = {
    absent: () => {},
    equal: () => tensors.set(head, tensors.get('shared.weight')!),
    different: () => tensors.set(head, float32Tensor([12, 8], drawFloats(head, 96))),
    'of another shape': () => tensors.set(head, float32Tensor([11, 8], drawFloats(head, 88))),
  };
  heads[kind]();
  return memoryFolder(
    new Map<string, string | Uint8Array[]>([
      ['config.json', JSON.stringify({ ...fields, ...own })],
      ['model.safetensors', [writeSafetensors(tensors)]],
    ]),
  );
}

const apart = { tie_word_embeddings: false };
const cases: readonly [said: object, head: Head, isTied: boolean, isScaled: boolean][] = [
  [{}, 'absent', true, true],
  [{}, 'equal', true, true],
  [{}, 'different', false, true],
  [apart, 'absent', true, false],
  [apart, 'equal', true, false],
  [apart, 'different', false, false],
  [{ ...apart, scale_decoder_outputs: true }, 'different', false, true],
  [{ scale_decoder_outputs: false }, 'absent', true, false],
];

describe.each(cases)('%j with an output layer that is %s', (said, kind, isTied, isScaled) => {
  test(`is ${isTied ? 'tied' : 'apart'}, and reads vectors ${isScaled ? '' : 'not '}divided by √d_model`, async () => {
    const loaded = await loadModel(folderWith(said, kind));
    expect(loaded.parameters.has(head)).toBe(!isTied);
    expect(loaded.config).toMatchObject({ tie_word_embeddings: isTied, scale_decoder_outputs: isScaled });
  });

  test('is saved so that it is read the same again', async () => {
    const loaded = await loadModel(folderWith(said, kind));
    const files = saveModelFiles(loaded, loaded.parameters);
    const again = await loadModel(memoryFolder(new Map(files)));
    expect([...again.parameters.keys()]).toEqual([...loaded.parameters.keys()]);
    expect(again.config).toEqual(loaded.config);
  });
});

test('an output layer of another shape is reported', async () => {
  await expect(loadModel(folderWith({}, 'of another shape'))).rejects.toThrow(
    'lm_head.weight [11, 8], expected [12, 8]',
  );
});

test('a field that replaces the folder’s decides for itself', async () => {
  await expect(loadModel(folderWith({}, 'absent'), { fields: apart })).rejects.toThrow('1 missing (lm_head.weight)');
});
