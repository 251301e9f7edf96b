import { describe, expect, test } from 'vitest';
import type { Content } from '../../src/io/whole-file.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { memoryFolder } from './folder.ts';
import { goldenFolder } from './golden.ts';
import { tinyParameters, tinySetup } from './tiny-marian.ts';

type Files = Map<string, Content>;

/** A folder of a tiny model, changed. */
function filesOf(
  change: (files: Files) => void = () => undefined,
  fields: Readonly<Record<string, unknown>> = {},
): Files {
  const setup = tinySetup(fields);
  const files: Files = new Map(saveModelFiles(setup, tinyParameters(setup)));
  change(files);
  return files;
}

const load = (files: Files) => loadModel(memoryFolder(files));
const json = (files: Files, file = 'config.json') => JSON.parse(String(files.get(file)));

function storedTensors(files: Files): Map<string, Tensor> {
  const pieces = files.get('model.safetensors') as readonly Uint8Array[];
  return new Map(parseSafetensors(new Uint8Array(Buffer.concat(pieces)), 'model.safetensors').tensors);
}

/** Changes the tensors of the checkpoint. */
const withTensors = (change: (tensors: Map<string, Tensor>) => void) => (files: Files) => {
  const tensors = storedTensors(files);
  change(tensors);
  files.set('model.safetensors', [writeSafetensors(tensors)]);
};

describe('what is saved', () => {
  test.each([
    ['tied', {}],
    ['with an output layer of its own', { tie_word_embeddings: false }],
    ['with two vocabularies', { share_encoder_decoder_embeddings: false, decoder_vocab_size: 13 }],
    [
      'with nothing tied',
      { share_encoder_decoder_embeddings: false, decoder_vocab_size: 13, tie_word_embeddings: false },
    ],
  ])('loads again, %s: the same configuration, the same numbers', async (_, fields) => {
    const setup = tinySetup(fields);
    const loaded = await load(filesOf(undefined, fields));
    expect(loaded.config).toEqual({ is_encoder_decoder: true, ...setup.config });
    expect(loaded.parameters).toEqual(tinyParameters(setup));
    const again = saveModelFiles(loaded, loaded.parameters, loaded.generationConfig);
    expect([...again]).toEqual([...filesOf(undefined, fields)]);
  });

  test('holds what Transformers needs: its class, its names, each tied tensor once, no positions', () => {
    const files = filesOf();
    expect(json(files)).toMatchObject({
      architectures: ['MarianMTModel'],
      model_type: 'marian',
      is_encoder_decoder: true,
      scale_embedding: true,
      share_encoder_decoder_embeddings: true,
      tie_word_embeddings: true,
    });
    expect(json(files, 'generation_config.json')).toEqual({
      bad_words_ids: [[10]],
      decoder_start_token_id: 10,
      eos_token_id: 0,
      forced_eos_token_id: null,
      pad_token_id: 10,
    });
    const names = [...storedTensors(files).keys()];
    expect(names).toContain('model.shared.weight');
    expect(names).toContain('final_logits_bias');
    expect(names.filter((name) => /lm_head|embed_/.test(name))).toEqual([]);
  });

  test('repeats the shared table where Transformers would not tie it', () => {
    const tensors = storedTensors(filesOf(undefined, { tie_word_embeddings: false }));
    const shared = tensors.get('model.shared.weight')?.data;
    expect(tensors.get('model.encoder.embed_tokens.weight')?.data).toEqual(shared);
    expect(tensors.get('model.decoder.embed_tokens.weight')?.data).toEqual(shared);
    expect(tensors.get('lm_head.weight')?.data).not.toEqual(shared);
  });

  test('takes a generation config over the defaults', () => {
    const setup = tinySetup();
    const files = new Map(saveModelFiles(setup, tinyParameters(setup), { num_beams: 5, bad_words_ids: undefined }));
    expect(json(files, 'generation_config.json')).toEqual({
      decoder_start_token_id: 10,
      eos_token_id: 0,
      forced_eos_token_id: null,
      num_beams: 5,
      pad_token_id: 10,
    });
  });

  test('is refused when a parameter has no numbers', () => {
    const setup = tinySetup();
    const parameters = tinyParameters(setup);
    parameters.delete('model.shared.weight');
    expect(() => saveModelFiles(setup, parameters)).toThrow('model: parameter model.shared.weight has no values');
  });
});

describe('a folder from Transformers', () => {
  test('loads, with its generation config', async () => {
    const loaded = await loadModel(goldenFolder('models/marian'));
    expect(loaded.config).toMatchObject({ activation_function: 'swish', d_model: 32, vocab_size: 90 });
    expect(loaded.parameters.get('model.shared.weight')?.length).toBe(90 * 32);
    expect(loaded.generationConfig).toMatchObject({ num_beams: 6, bad_words_ids: [[89]], renormalize_logits: true });
  });

  test('loads with tied tensors repeated and sinusoids stored, as old ones have them', async () => {
    const loaded = await load(
      filesOf(
        withTensors((tensors) => {
          const shared = tensors.get('model.shared.weight') as Tensor;
          for (const name of ['lm_head', 'model.encoder.embed_tokens', 'model.decoder.embed_tokens']) {
            tensors.set(`${name}.weight`, shared);
          }
          tensors.set('model.encoder.embed_positions.weight', float32Tensor([12, 8], new Float32Array(96)));
        }),
      ),
    );
    expect(loaded.parameters).toEqual(tinyParameters(tinySetup()));
  });

  test('without a generation_config.json takes what config.json says of generation', async () => {
    const loaded = await load(
      filesOf((files) => {
        files.delete('generation_config.json');
        files.set('config.json', JSON.stringify({ ...json(files), num_beams: 4, max_length: 20, bos_token_id: null }));
      }),
    );
    expect(loaded.generationConfig).toEqual({
      decoder_start_token_id: 10,
      eos_token_id: 0,
      max_length: 20,
      num_beams: 4,
      pad_token_id: 10,
    });
  });
});

test('a buffer that a file lacks has its initial value, as in Transformers', async () => {
  const loaded = await load(filesOf(withTensors((tensors) => tensors.delete('final_logits_bias'))));
  expect(loaded.parameters.get('final_logits_bias')).toEqual(new Float32Array(11));
  expect(loaded.report.missing).toEqual([]);
});

describe('a folder is refused', () => {
  const refusal = (change: (files: Files) => void, message: string | RegExp) =>
    expect(load(filesOf(change))).rejects.toThrow(message);

  test('without config.json', () => refusal((files) => files.delete('config.json'), 'm/config.json: no such file'));

  test('when config.json is empty', () =>
    refusal((files) => files.set('config.json', ''), 'm/config.json: expected text, got an empty file'));

  test('when config.json is not JSON, with line and column', () =>
    refusal((files) => files.set('config.json', '{\n  "model_type": marian\n}'), /^m\/config\.json:2:17: /));

  test('when config.json is a list', () =>
    refusal((files) => files.set('config.json', '[]'), 'm/config.json: expected a mapping of fields, got a list'));

  test('when its model_type is unknown', () =>
    refusal(
      (files) => files.set('config.json', JSON.stringify({ ...json(files), model_type: 'mariana' })),
      /^m\/config.json: model_type: expected one of .*marian, .*got "mariana"; did you mean "marian"\?$/,
    ));

  test('when generation_config.json is not JSON', () =>
    refusal((files) => files.set('generation_config.json', '{"num_beams": }'), /^m\/generation_config\.json:1:15: /));

  test('without weights', () =>
    refusal(
      (files) => files.delete('model.safetensors'),
      'checkpoint m: expected model.safetensors or model.safetensors.index.json, got neither',
    ));

  test('when its weights are cut off', () =>
    refusal((files) => {
      const bytes = Buffer.concat(files.get('model.safetensors') as readonly Uint8Array[]);
      files.set('model.safetensors', new Uint8Array(bytes.subarray(0, bytes.length - 8)));
    }, /^m\/model\.safetensors: /));

  test('when tensors are missing, extra and of another shape: all are reported', () =>
    refusal(
      withTensors((tensors) => {
        tensors.delete('model.encoder.layers.0.fc2.bias');
        tensors.set('model.encoder.layers.7.fc1.bias', float32Tensor([6], new Float32Array(6)));
        tensors.set('model.encoder.layers.0.fc1.bias', float32Tensor([5], new Float32Array(5)));
      }),
      'checkpoint m: 1 missing (model.encoder.layers.0.fc2.bias), 1 unexpected (model.encoder.layers.7.fc1.bias), 1 wrong shape (model.encoder.layers.0.fc1.bias [5], expected [6])',
    ));

  test('when a weight is no number', () =>
    refusal(
      withTensors((tensors) => {
        tensors.set('model.encoder.layers.0.fc1.bias', float32Tensor([6], Float32Array.of(0, 1, 2, Number.NaN, 4, 5)));
      }),
      'checkpoint m: model.encoder.layers.0.fc1.bias: expected finite numbers, got NaN at element 3',
    ));

  test('when tensors that are tied differ', () =>
    refusal(
      withTensors((tensors) => tensors.set('lm_head.weight', float32Tensor([11, 8], new Float32Array(88)))),
      'checkpoint m: 1 tied but different (lm_head.weight ≠ model.shared.weight)',
    ));
});
