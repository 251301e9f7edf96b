/** What is saved loads, and is saved the same again: every family, every class, and what others wrote into `config.json`. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Content } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { familyOf, modelTypes } from '../../src/models/families/families.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { elementCount, float32Data } from '../../src/weights/tensor.ts';
import { configs, joined } from '../fuzz/model-seed.ts';
import { drawFloats } from '../ops/draw.ts';
import { memoryFolder } from './folder.ts';
import { goldenFolder } from './golden.ts';

type Fields = Readonly<Record<string, unknown>>;
type Files = Map<string, Content>;

function filesOf(fields: Fields): Files {
  const setup = checkConfig(fields, 'config.json');
  const drawn = [...modelParameters(setup)].map(
    ([name, { shape }]) => [name, drawFloats(name, elementCount(shape))] as const,
  );
  return new Map(saveModelFiles(setup, new Map(drawn)));
}

async function savedAgain(files: Files): Promise<Files> {
  const loaded = await loadModel(memoryFolder(files));
  return new Map(saveModelFiles(loaded, loaded.parameters, loaded.generationConfig));
}

const classesOf = (type: string) => familyOf(type)?.heads.map(({ architecture }) => architecture) ?? [];
const others = { note: { by: ['someone'] }, transformers_version: '4.8.2', use_cache: true, zeta: null };

/** Every class of every family, over the first configuration of it. */
const cases = modelTypes.flatMap((type) => {
  const found = configs.find(({ model_type: one }) => one === type);
  if (!found) throw new Error(`expected a configuration of ${type}`);
  const { num_labels: _, id2label: __, label2id: ___, ...plain } = found;
  return classesOf(type).map((architecture) => [architecture, { ...plain, architectures: [architecture] }] as const);
});

describe.each(cases)('%s', (_, fields) => {
  test('is saved with the same bytes twice', async () => {
    const first = filesOf(fields);
    expect([...(await savedAgain(first))]).toEqual([...first]);
  });

  test('keeps what others wrote into its config.json', async () => {
    const first = filesOf({ ...fields, ...others });
    expect(JSON.parse(String(first.get('config.json')))).toMatchObject(others);
    expect([...(await savedAgain(first))]).toEqual([...first]);
  });

  test.each(['F16', 'BF16'] as const)('stored as %s is widened, and then saved as float32', async (dtype) => {
    const first = filesOf({ ...fields, torch_dtype: dtype === 'F16' ? 'float16' : 'bfloat16' });
    const { tensors } = parseSafetensors(joined(first.get('model.safetensors') as readonly Uint8Array[]), 'first');
    const halved = new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, data: tensor.data, dtype }]));
    const half: Files = new Map([...first, ['model.safetensors', [writeSafetensors(halved)]]]);
    const loaded = await loadModel(memoryFolder(half));
    expect(loaded.report.dtypes).toEqual([dtype]);
    const rounded = parseSafetensors(writeSafetensors(halved), 'half').tensors;
    for (const [name, data] of loaded.parameters) {
      const stored = rounded.get(name);
      if (!stored) throw new Error(`expected ${name}`);
      expect(data, name).toEqual(float32Data(stored, name));
    }
    const saved = await savedAgain(half);
    expect(JSON.parse(String(saved.get('config.json'))).torch_dtype).toBe('float32');
    expect([...(await savedAgain(saved))]).toEqual([...saved]);
  });
});

const goldens = await readdir(fileURLToPath(new URL('../golden/models', import.meta.url)));

test.each(goldens)('the golden model %s is saved with the same bytes twice', async (name) => {
  const loaded = await loadModel(goldenFolder(`models/${name}`));
  const first: Files = new Map(saveModelFiles(loaded, loaded.parameters, loaded.generationConfig));
  expect([...(await savedAgain(first))]).toEqual([...first]);
});
