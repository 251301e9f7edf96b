/** BART and its relatives beyond the goldens: what their files may lack, and what they refuse. */
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../../src/decode/settings/generation-settings.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel, openModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { forward, forwardInputs } from '../../src/models/forward.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { float32Data, float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { memoryFolder } from './folder.ts';
import { goldenFolder, readTensors, withPrefix } from './golden.ts';
import { tinyParameters } from './tiny-marian.ts';

const tiny = {
  ...{ model_type: 'bart', vocab_size: 20, d_model: 8, max_position_embeddings: 12 },
  ...{ encoder_layers: 1, decoder_layers: 1, encoder_attention_heads: 2, decoder_attention_heads: 2 },
  ...{ encoder_ffn_dim: 6, decoder_ffn_dim: 6 },
};
const setupOf = (fields: Readonly<Record<string, unknown>>) => checkConfig({ ...tiny, ...fields }, 'm/config.json');

const int = (shape: readonly number[], numbers: readonly number[]): Tensor => ({
  dtype: 'I64',
  shape,
  data: BigInt64Array.from(numbers, BigInt),
});
const texts = (...rows: readonly (readonly number[])[]) =>
  new Map([['input_ids', int([rows.length, rows[0]?.length ?? 0], rows.flat())]]);

describe('a classifier reads the last end token', () => {
  const classifier = setupOf({ architectures: ['BartForSequenceClassification'] });

  test('and refuses texts with different numbers of them', () => {
    expect(() => forwardInputs(texts([5, 2, 6, 2], [5, 6, 7, 2]), classifier)).toThrow(
      'inputs input_ids: expected 2, as many end tokens as in text 0 (eos_token_id 2), got 1, at text 1',
    );
  });

  test('and refuses a text without one', () => {
    expect(() => forwardInputs(texts([5, 6]), classifier)).toThrow(
      'inputs input_ids: expected at least one end token (eos_token_id 2), got 0, at text 0',
    );
  });

  test('and refuses decoder inputs of another length', () => {
    const inputs = new Map([...texts([5, 6, 2]), ['decoder_input_ids', int([1, 2], [2, 5])]]);
    expect(() => forwardInputs(inputs, classifier)).toThrow(
      'inputs decoder_input_ids: expected the shape of input_ids [1, 3], got [1, 2]',
    );
  });

  test('and has three labels if its file names none, as in Transformers', () => {
    expect(classifier.config).toMatchObject({ num_labels: 3 });
    expect(modelParameters(classifier).get('classification_head.out_proj.weight')?.shape).toEqual([3, 8]);
  });
});

test('a mask of decoder inputs that are not given is refused', () => {
  const model = setupOf({ architectures: ['BartModel'] });
  const inputs = new Map([...texts([5, 6, 2]), ['decoder_attention_mask', int([1, 3], [1, 1, 1])]]);
  expect(() => forwardInputs(inputs, model)).toThrow(
    'inputs decoder_attention_mask: expected decoder_input_ids beside it, got none',
  );
});

test('the labels of another task do not matter to a model that answers questions', () => {
  const setup = setupOf({ architectures: ['BartForQuestionAnswering'], num_labels: 3 });
  expect(modelParameters(setup).get('qa_outputs.weight')?.shape).toEqual([2, 8]);
});

test.each([
  ['bart', 'BartForConditionalGeneration'],
  ['mbart', 'MBartForConditionalGeneration'],
  ['pegasus', 'PegasusForConditionalGeneration'],
])('the body of %s that was saved alone is a whole model that writes', async (model_type, architecture) => {
  const base = setupOf({ model_type, architectures: [architecture.replace('ForConditionalGeneration', 'Model')] });
  const parameters = tinyParameters(base);
  const files = new Map(saveModelFiles(base, parameters));
  const config = JSON.parse(String(files.get('config.json')));
  files.set('config.json', JSON.stringify({ ...config, architectures: [architecture] }));
  const whole = await loadModel(memoryFolder(files));
  expect(whole.parameters.get('final_logits_bias')).toEqual(new Float32Array(20));
  for (const [name, numbers] of parameters) expect(whole.parameters.get(`model.${name}`), name).toEqual(numbers);
});

test('a classifier starts from a model that writes: its head is new, the output layer unused', async () => {
  const writer = setupOf({ architectures: ['BartForConditionalGeneration'] });
  const folder = memoryFolder(new Map(saveModelFiles(writer, tinyParameters(writer))));
  const started = await openModel(folder, { role: 'sequence-classification', allowsNewHead: true });
  expect(started.report.missing.every((name) => name.startsWith('classification_head.'))).toBe(true);
  expect(started.report.unexpected).toEqual(['final_logits_bias']);
  await started.close();
});

describe('Pegasus', () => {
  const golden = goldenFolder('models/pegasus_lm');
  const names = ['encoder', 'decoder'].map((side) => `model.${side}.embed_positions.weight`);

  test('saves its sinusoids', async () => {
    const loaded = await loadModel(golden);
    const [pieces] = [...saveModelFiles(loaded, loaded.parameters).values()].slice(-1);
    const { tensors } = parseSafetensors(new Uint8Array(Buffer.concat(pieces as readonly Uint8Array[])), 'saved');
    expect([...tensors.keys()]).toEqual(expect.arrayContaining(names));
  });

  test('makes the sinusoids that a file lacks: the same numbers within a rounding', async () => {
    const loaded = await loadModel(golden);
    const stored = parseSafetensors(await golden.read('model.safetensors'), 'golden').tensors;
    const others = new Map([...stored].filter(([name]) => !names.includes(name)));
    const files = new Map<string, string | readonly Uint8Array[]>([
      ['config.json', Buffer.from(await golden.read('config.json')).toString()],
      ['model.safetensors', [writeSafetensors(others)]],
    ]);
    const made = await loadModel(memoryFolder(files));
    for (const name of names) {
      const [a, b] = [loaded, made].map(({ parameters }) => parameters.get(name) ?? new Float32Array(0));
      expect(a?.length).toBe(20 * 24);
      a?.forEach((x, i) => {
        expect(Math.abs(x - (b?.[i] ?? Number.NaN))).toBeLessThan(1e-7);
      });
    }
  });

  test('reads the table of a file, whatever it holds', async () => {
    const files = new Map<string, string | readonly Uint8Array[]>();
    const { tensors } = parseSafetensors(await golden.read('model.safetensors'), 'golden');
    const moved = new Map(
      [...tensors].map(([name, tensor]) => [
        name,
        names.includes(name)
          ? float32Tensor(
              tensor.shape,
              float32Data(tensor, name).map((x) => x + 1),
            )
          : tensor,
      ]),
    );
    files.set('config.json', Buffer.from(await golden.read('config.json')).toString());
    files.set('model.safetensors', [writeSafetensors(moved)]);
    const inputs = withPrefix(await readTensors(golden, 'cases.safetensors'), 'full/in/');
    const [plain, changed] = await Promise.all(
      [await loadModel(golden), await loadModel(memoryFolder(files))].map((model) =>
        forward(model, inputs, nodeBackend()),
      ),
    );
    expect(plain?.get('logits')?.data).not.toEqual(changed?.get('logits')?.data);
  });
});

describe('mBART generates in a language', () => {
  const writer = setupOf({ model_type: 'mbart', architectures: ['MBartForConditionalGeneration'] });
  const { model } = inRole(writer, 'sequence-to-sequence', 'm');

  test.each([
    ['no start token, although there is a first token of texts', { bos_token_id: 0 }],
    ['the end token as start', { decoder_start_token_id: 2 }],
  ])('and refuses %s', (_, settings) => {
    expect(() => settingsOf({ eos_token_id: 2, ...settings }, model)).toThrow(
      'the language of the target is missing: expected its token as decoder_start_token_id, or as forced_bos_token_id ' +
        'where the decoder starts from the end token 2',
    );
  });

  test('that starts the target, or that is forced after the end token', () => {
    expect(settingsOf({ decoder_start_token_id: 15 }, model).start).toBe(15);
    expect(settingsOf({ decoder_start_token_id: 2, forced_bos_token_id: 15 }, model).forcedFirst).toBe(15);
  });
});
