/** The fields of a `config.json`: each acts, or has no effect and its neutral value, or is unknown and kept. */
import { describe, expect, test } from 'vitest';
import type { Content } from '../../src/io/whole-file.ts';
import { type CheckConfigOptions, checkConfig } from '../../src/models/families/check-config.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { loadNotes } from '../../src/models/folder/load-report.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { memoryFolder } from './folder.ts';
import { goldenFolder } from './golden.ts';
import { tinyConfig, tinyParameters, tinySetup } from './tiny-marian.ts';

type Fields = Readonly<Record<string, unknown>>;

const bert = {
  model_type: 'bert',
  vocab_size: 12,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
  max_position_embeddings: 8,
};
const marian = { ...tinyConfig, is_encoder_decoder: true };

const checked = (fields: Fields, options?: CheckConfigOptions) => checkConfig(fields, 'config.json', options);
const configOf = (files: ReadonlyMap<string, Content>) => JSON.parse(String(files.get('config.json')));

describe('a field that has no effect', () => {
  test.each<[string, unknown]>([
    ['use_cache', false],
    ['chunk_size_feed_forward', 64],
    ['output_attentions', true],
    ['torchscript', true],
    ['gradient_checkpointing', true],
    ['tokenizer_class', 'BertTokenizer'],
    ['transformers_version', '9.0.0'],
    ['_name_or_path', 'somewhere'],
    ['task_specific_params', { summarization: { max_length: 3 } }],
    ['torch_dtype', 'float16'],
    ['dtype', 'bfloat16'],
    ['num_beams', 7],
    ['pruned_heads', {}],
    ['pruned_heads', null],
    ['tie_encoder_decoder', false],
    ['quantization_config', null],
    ['cross_attention_hidden_size', null],
    ['layerdrop', 0],
  ])('may be anything that changes no number: %s %j', (name, value) => {
    const { config, unknownFields, source } = checked({ ...bert, [name]: value });
    expect(config).toEqual(checked(bert).config);
    expect(unknownFields).toEqual([]);
    expect(source).toMatchObject({ [name]: value });
  });

  test.each<[string, unknown, RegExp]>([
    ['is_decoder', true, /is_decoder: expected false \(encoders are not used as decoders\), got true$/],
    ['add_cross_attention', true, /add_cross_attention: expected false \(no cross-attention .*\), got true$/],
    ['cross_attention_hidden_size', 8, /expected no such field \(no cross-attention .*\), got 8$/],
    ['is_encoder_decoder', true, /expected false \(the model is an encoder\), got true$/],
    [
      'position_embedding_type',
      'relative_key',
      /position_embedding_type: expected "absolute" \(.*\), got "relative_key"$/,
    ],
    [
      'pruned_heads',
      { 0: [1] },
      /pruned_heads: expected \{\} \(attention heads are not pruned.*\), got \{"0":\[1\]\}$/,
    ],
    ['tie_encoder_decoder', true, /tie_encoder_decoder: expected false \(.*\), got true$/],
    ['layerdrop', 0.1, /layerdrop: expected 0 \(training never skips layers\), got 0\.1$/],
    ['encoder_layerdrop', 0.1, /encoder_layerdrop: expected 0 \(training never skips layers\), got 0\.1$/],
    [
      'quantization_config',
      { quant_method: 'bitsandbytes' },
      /quantization_config: expected \{"heddle":"int8"\} \(other quantized weights are not read; in Python, .*dequantize\(\).*\), got \{"quant_method":"bitsandbytes"\}$/,
    ],
  ])('must hold the value that means nothing: %s %j', (name, value, message) => {
    expect(() => checked({ ...bert, [name]: value })).toThrow(message);
  });

  test.each([
    ['distilbert', 'hidden_size', 'dim'],
    ['gpt2', 'num_hidden_layers', 'n_layer'],
    ['t5', 'num_hidden_layers', 'num_layers'],
    ['t5', 'head_dim', 'd_kv'],
    ['bart', 'hidden_size', 'd_model'],
    ['mbart', 'num_attention_heads', 'encoder_attention_heads'],
    ['pegasus', 'hidden_size', 'd_model'],
    ['marian', 'hidden_size', 'd_model'],
  ])('of %s is not %s, which is another name of its own in Python', (type, name, own) => {
    const fields = { model_type: type, vocab_size: 9, [name]: 8 };
    expect(() => checked(fields)).toThrow(
      `${name}: expected no such field (the family has ${own} in its place), got 8`,
    );
  });

  test.each(['bart', 'mbart', 'pegasus', 'marian'])(
    'of %s is num_hidden_layers where it repeats encoder_layers, which Python reads by both names',
    (type) => {
      const fields = {
        model_type: type,
        vocab_size: 9,
        pad_token_id: 0,
        eos_token_id: 1,
        decoder_start_token_id: 0,
        forced_eos_token_id: 1,
      };
      const { config, source } = checked({ ...fields, encoder_layers: 2, num_hidden_layers: 2 });
      expect(config).toEqual(checked({ ...fields, encoder_layers: 2 }).config);
      expect(source).toMatchObject({ num_hidden_layers: 2 });
      expect(checked({ ...fields, num_hidden_layers: 12 }).config).toMatchObject({ encoder_layers: 12 });
      const other = 'num_hidden_layers: expected encoder_layers 2, of which it is another name in Python, got 3';
      expect(() => checked({ ...fields, encoder_layers: 2, num_hidden_layers: 3 })).toThrow(other);
      expect(() => checked({ ...fields, num_hidden_layers: 3 })).toThrow('expected encoder_layers 12, of which');
    },
  );

  test('of Marian too, beside other faults: all are reported at once', () => {
    const wrong = { add_final_layer_norm: true, pruned_heads: { 1: [0] }, d_model: 7, is_encoder_decoder: false };
    const lines =
      /add_final_layer_norm: expected false.*pruned_heads: expected \{\}.*is_encoder_decoder: expected true/s;
    expect(() => checked({ ...marian, ...wrong })).toThrow(lines);
    expect(() => checked({ ...marian, encoder_layerdrop: 0.1 })).toThrow('encoder_layerdrop: expected 0, got 0.1');
  });
});

describe('an unknown field', () => {
  const more = { directionality: 'bidi', sparsity: { kept: [1, 2] }, adapters: null };

  test('is listed', () => {
    expect(checked({ ...bert, ...more }).unknownFields).toEqual(['directionality', 'sparsity', 'adapters']);
  });

  test('is kept word for word, with all that others wrote, and saved the same again', async () => {
    const others = { ...more, transformers_version: '4.8.2', use_cache: true, _name_or_path: 'x', dtype: 'float16' };
    const setup = checkConfig({ ...marian, ...others }, 'config.json');
    const files = new Map(saveModelFiles(setup, tinyParameters(setup)));
    expect(configOf(files)).toMatchObject({ ...others, dtype: 'float32', torch_dtype: 'float32' });
    const loaded = await loadModel(memoryFolder(files));
    expect(loaded.unknownFields).toEqual(['adapters', 'directionality', 'sparsity']);
    expect([...saveModelFiles(loaded, loaded.parameters)]).toEqual([...files]);
  });

  test.each([
    ['hidden_sise', /unknown field "hidden_sise"; did you mean "hidden_size"\?/],
    ['is_decodr', /unknown field "is_decodr"; did you mean "is_decoder"\?/],
    ['prunedheads', /unknown field "prunedheads"; did you mean "pruned_heads"\?/],
  ])('is a typo if a known name is near: %s', (name, message) => {
    expect(() => checked({ ...bert, [name]: 1 })).toThrow(message);
  });

  test('is refused where it overrides, since nothing would come of it', () => {
    expect(() => checked(bert, { overrides: { directionality: 'bidi' } })).toThrow('unknown field "directionality"');
  });

  test.each<[string, unknown]>([
    ['dtype', 'bfloat16'],
    ['use_cache', false],
    ['max_length', 20],
    ['is_decoder', false],
    ['problem_type', 'regression'],
  ])('and so is a known one that would not act: %s', (name, value) => {
    expect(() => checked(bert, { role: 'masked-lm', overrides: { [name]: value } })).toThrow(
      `${name}: not used by BertForMaskedLM; remove it`,
    );
  });
});

describe('the class', () => {
  test.each<[unknown, RegExp]>([
    [
      ['BertForMaskedLm'],
      /architectures: expected one of BertModel, .*, got "BertForMaskedLm"; did you mean "BertForMaskedLM"\?/,
    ],
    [['GPT2LMHeadModel'], /architectures: expected one of .*, got "GPT2LMHeadModel"$/],
    ['BertModell', /got "BertModell"; did you mean "BertModel"\?/],
    [[7], /got 7$/],
    [{ a: 1 }, /got \{"a":1\}$/],
  ])('%j does not exist', (architectures, message) => {
    expect(() => checked({ ...bert, architectures })).toThrow(message);
  });

  test.each([undefined, null, []])('is the first of the family if architectures is %j', (architectures) => {
    expect(checked({ ...bert, architectures }).architecture).toBe('BertModel');
  });

  test('must exist, whatever the model is used as', () => {
    const file = { ...bert, architectures: ['BertForMaskedLm'] };
    expect(() => checked(file, { role: 'masked-lm' })).toThrow('did you mean "BertForMaskedLM"?');
  });

  test('is one of the role that is needed, the file’s own if it has that role', () => {
    const role = 'sequence-classification';
    expect(checked({ ...bert, architectures: ['BertModel'] }, { role }).architecture).toBe(
      'BertForSequenceClassification',
    );
    expect(checked({ ...bert, architectures: ['BertForTokenClassification'] }, { role }).architecture).toBe(
      'BertForSequenceClassification',
    );
  });
});

describe('labels are read by the rules of Transformers:', () => {
  const labelsOf = (fields: Fields, overrides: Fields = {}) => {
    const setup = checked({ ...bert, architectures: ['BertForSequenceClassification'], ...fields }, { overrides });
    if (setup.role !== 'sequence-classification') throw new Error(setup.role);
    return { labels: setup.model.labels, problem: setup.model.problemType };
  };

  test.each<[string, Fields, readonly string[], string]>([
    ['two, which are left out', {}, ['LABEL_0', 'LABEL_1'], 'single_label_classification'],
    ['a number of them', { num_labels: 3 }, ['LABEL_0', 'LABEL_1', 'LABEL_2'], 'single_label_classification'],
    ['names', { id2label: { 0: 'no', 1: 'yes' } }, ['no', 'yes'], 'single_label_classification'],
    ['one is a number', { id2label: { 0: 'LABEL_0' }, problem_type: null }, ['LABEL_0'], 'regression'],
    [
      'several at once',
      { num_labels: 2, problem_type: 'multi_label_classification' },
      ['LABEL_0', 'LABEL_1'],
      'multi_label_classification',
    ],
    ['null is unset', { num_labels: null, id2label: null }, ['LABEL_0', 'LABEL_1'], 'single_label_classification'],
  ])('%s', (_, fields, labels, problem) => {
    expect(labelsOf(fields)).toEqual({ labels, problem });
  });

  test('label2id alone, which Transformers overwrites, is refused if it says anything', () => {
    expect(() => labelsOf({ label2id: { no: 0, yes: 1 } })).toThrow(
      'label2id: expected the inverse of id2label, got no id2label',
    );
    expect(labelsOf({ label2id: { LABEL_0: 0, LABEL_1: 1 } }).labels).toEqual(['LABEL_0', 'LABEL_1']);
  });

  test('null is a fault of a field of the family, whatever the class', () => {
    expect(() => labelsOf({ layer_norm_eps: null })).toThrow('layer_norm_eps: expected a number');
  });

  test('other labels replace all of the file’s', () => {
    const file = { id2label: { 0: 'no', 1: 'yes' }, label2id: { no: 0, yes: 1 } };
    expect(labelsOf(file, { num_labels: 3 }).labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
    expect(labelsOf(file, { id2label: { 0: 'a' } }).labels).toEqual(['a']);
  });
});

describe('the type of the weights', () => {
  const notesOf = async (fields: Fields) => {
    const files = new Map(saveModelFiles(tinySetup(), tinyParameters(tinySetup())));
    files.set('config.json', JSON.stringify({ ...configOf(files), torch_dtype: undefined, ...fields }));
    const { report, parameters } = await loadModel(memoryFolder(files));
    expect(parameters).toEqual(tinyParameters(tinySetup()));
    return loadNotes(report);
  };

  test.each<[string, Fields]>([
    ['float32', { torch_dtype: 'float32' }],
    ['in the words of PyTorch', { dtype: 'torch.float32' }],
    ['nothing', {}],
    ['null', { dtype: null }],
  ])('is what config.json says (%s)', async (_, fields) => {
    expect(await notesOf(fields)).toEqual([]);
  });

  test('is that of the file if config.json says another: numbers are not rounded, and a note says so', async () => {
    const note = 'config.json says bfloat16, but weights are stored as F32, and used so';
    expect(await notesOf({ torch_dtype: 'bfloat16' })).toEqual([note]);
    expect(await notesOf({ torch_dtype: 'float32', dtype: 'bfloat16' })).toEqual([note]);
  });
});

describe('configuration and weights of different models', () => {
  test('are said to be that, not as hundreds of names', async () => {
    const marianFiles = new Map(saveModelFiles(tinySetup(), tinyParameters(tinySetup())));
    marianFiles.set('config.json', JSON.stringify({ ...bert, architectures: ['BertForMaskedLM'] }));
    await expect(loadModel(memoryFolder(marianFiles))).rejects.toThrow(
      /^checkpoint m: the weights are not those of BertForMaskedLM \(model_type bert\): expected tensors such as bert\.embeddings\.\S+, bert\.\S+, got (final_logits_bias|model\.\S+), model\.\S+; config\.json and the weights seem to come from different models$/,
    );
  });

  test('of one family and two sizes are listed as wrong shapes', async () => {
    const folder = goldenFolder('loading/bert_float16');
    const wider = {
      ...folder,
      read: async (file: string) => {
        const bytes = await folder.read(file);
        if (file !== 'config.json') return bytes;
        const json = JSON.parse(new TextDecoder().decode(bytes));
        return new TextEncoder().encode(JSON.stringify({ ...json, intermediate_size: 64 }));
      },
    };
    await expect(loadModel(wider)).rejects.toThrow(
      /: 6 wrong shape \(bert\.encoder\.layer\.0\.intermediate\.dense\.weight \[32, 24\], expected \[64, 24\], /,
    );
  });
});
