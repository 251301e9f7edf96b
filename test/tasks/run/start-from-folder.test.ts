import { readdir, readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { loadModel } from '../../../src/models/folder/load.ts';
import { pipeline } from '../../../src/tasks/index.ts';
import { loadCheckpoint } from '../../../src/weights/checkpoint.ts';
import { float32Data } from '../../../src/weights/tensor.ts';
import { SmallRun } from '../small-run.ts';
import { feelingLines } from '../task-sample.ts';
import { writeTinyBert } from '../tiny-bert.ts';

const recipe = `task: text-classification
data:
  train: { file: train.tsv }
  validation: { file: validation.tsv }
model: { model_name_or_path: base }
train: { max_steps: 6, per_device_train_batch_size: 8, logging_steps: 2, eval_steps: 3, save_steps: 3, max_length: 32 }
`;

const sample = {
  recipe,
  files: { 'train.tsv': feelingLines(200, 1).join('\n'), 'validation.tsv': feelingLines(20, 2).join('\n') },
};

let run: SmallRun;
const notes: string[] = [];
const base = (name = 'base') => `model.model_name_or_path=${run.at(name)}`;
const say = (line: string) => notes.push(line);

const weightsOf = async (path: string): Promise<Map<string, Float32Array>> => {
  const { tensors } = await loadCheckpoint(diskFolder(path));
  return new Map([...tensors].map(([name, tensor]) => [name, float32Data(tensor, name)]));
};

beforeAll(async () => {
  run = await SmallRun.make(sample);
  await writeTinyBert(run.at('base'));
  await run.train('frozen', [base(), 'train.learning_rate=1e-30'], { say });
});
afterAll(() => run.remove());

describe('a run that starts from a folder', () => {
  it('begins with its weights, by the names of the new class', async () => {
    const [was, is] = [await weightsOf(run.at('base')), await weightsOf(run.at('frozen'))];
    for (const [name, numbers] of was) {
      const own = is.get(`bert.${name}`);
      expect(
        own?.every((x, i) => Math.abs(x - Number(numbers[i])) < 1e-6),
        name,
      ).toBe(true);
    }
    expect([...is.keys()].filter((name) => !was.has(name.replace('bert.', '')))).toEqual([
      'classifier.bias',
      'classifier.weight',
    ]);
  });

  it('reports which weights are new', () => {
    const own = notes.filter((line) => line.startsWith(run.at('base')));
    expect(own).toEqual([
      `${run.at('base')}: new weights: classifier.weight [2, 16], classifier.bias [2]`,
      `${run.at('base')}: fields of config.json that have no effect: unknown_to_heddle`,
    ]);
  });

  it('keeps the configuration, with the labels of the data, and the files of the tokenizer as they are', async () => {
    const [was, is] = [await run.json('base/config.json'), await run.json('frozen/config.json')];
    expect(is).toMatchObject({
      ...was,
      architectures: ['BertForSequenceClassification'],
      id2label: { 0: 'bad', 1: 'good' },
    });
    expect(await readdir(run.at('frozen'))).not.toContain('generation_config.json');
    for (const file of ['vocab.txt', 'tokenizer_config.json']) {
      expect(await readFile(run.at('frozen', file))).toEqual(await readFile(run.at('base', file)));
    }
  });

  it('writes the files that such a model has, and no others', async () => {
    const files = (await readdir(run.at('frozen'))).filter((name) => !name.startsWith('checkpoint-'));
    expect(files.sort()).toEqual([
      ...['README.md', 'config.json', 'eval_results.json', 'heddle.json', 'metrics.jsonl', 'model.safetensors'],
      ...['tokenizer_config.json', 'trainer_state.json', 'vocab.txt'],
    ]);
  });

  it('records the name and the digest of what it started from, and no path of the machine', async () => {
    const text = await readFile(run.at('frozen/heddle.json'), 'utf8');
    const { base_model, recipe: kept } = JSON.parse(text);
    expect(base_model).toEqual({ name: 'base', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(kept.model.model_name_or_path).toBe('base');
    expect(kept.tokenizer).toBeUndefined();
    expect(kept.train).toMatchObject({ lr_scheduler_type: 'linear', adam_beta2: 0.999 });
  });

  it('learns and gives a folder that classifies', async () => {
    const { metrics } = await run.train('learnt', [base(), 'train.learning_rate=3e-3', 'train.max_steps=200']);
    expect(metrics.eval_accuracy).toBeGreaterThan(0.9);
    const classify = await pipeline('text-classification', run.at('learnt'));
    expect((await classify('the film was lovely'))[0]?.label).toBe('good');
    await classify.dispose();
  });

  it('resumes without the folder, to the same bytes, and refuses another one', async () => {
    const same = 'train.lr_scheduler_type=constant';
    await run.train('whole', [base(), same]);
    await writeTinyBert(run.at('moving'));
    await run.train('resumed', [base('moving'), same, 'train.max_steps=3']);
    await writeTinyBert(run.at('moving'), { initializer_range: 0.5, architectures: ['BertForMaskedLM'] });
    await expect(run.train('resumed', [base('moving'), same], { resume: true })).rejects.toThrow(
      /moving: a resumed training needs the weights it began with, those of moving \(SHA-256 [0-9a-f]{12}…\), got others/,
    );
    await rm(run.at('moving'), { recursive: true });
    await run.train('resumed', [base('moving'), same], { resume: true });
    const weights = 'model.safetensors';
    expect(await readFile(run.at('resumed', weights))).toEqual(await readFile(run.at('whole', weights)));
  });

  it('draws a new head from the seed', async () => {
    await run.train('same', [base(), 'train.learning_rate=1e-30']);
    await run.train('other', [base(), 'train.learning_rate=1e-30', 'train.seed=7']);
    const [one, same, other] = await Promise.all(['frozen', 'same', 'other'].map((out) => weightsOf(run.at(out))));
    expect(same?.get('classifier.weight')).toEqual(one?.get('classifier.weight'));
    expect(other?.get('classifier.weight')).not.toEqual(one?.get('classifier.weight'));
  });

  it('keeps a head with the same labels, and draws one with others anew', async () => {
    await run.train('again', [base('learnt'), 'train.learning_rate=1e-30'], { say });
    const was = await weightsOf(run.at('learnt'));
    expect((await weightsOf(run.at('again'))).get('classifier.weight')).toEqual(was.get('classifier.weight'));
    const renamed = feelingLines(100, 3).map((line) => line.replace(/good$/, 'fine'));
    await run.write('data/renamed.tsv', renamed.join('\n'));
    const files = ['data.train.file=renamed.tsv', 'data.validation=null', 'train.eval_steps=null'];
    await run.train('renamed', [base('learnt'), ...files, 'train.learning_rate=1e-30'], { say });
    expect((await weightsOf(run.at('renamed'))).get('classifier.weight')).not.toEqual(was.get('classifier.weight'));
    expect(notes).toContain(`${run.at('learnt')}: new weights: classifier.weight [2, 16], classifier.bias [2]`);
  });

  it.each([
    ['BertForTokenClassification', { id2label: { 0: 'bad', 1: 'good' } }],
    [null, { id2label: { 0: 'bad', 1: 'good' }, problem_type: null }],
  ])('draws a head anew that has the name and shape of its own, but is one of %s', async (architecture, labels) => {
    await writeTinyBert(run.at('tagger'), { ...labels, architectures: ['BertForTokenClassification'] });
    const file = { ...(await run.json('tagger/config.json')), architectures: architecture && [architecture] };
    await run.write('tagger/config.json', JSON.stringify(file));
    notes.length = 0;
    const out = `from-${architecture}`;
    await run.train(out, [base('tagger'), 'train.learning_rate=1e-30', 'train.max_steps=1'], { say });
    expect(notes.join('\n')).toMatch(/new weights: .*classifier\.weight \[2, 16\], classifier\.bias \[2\]/);
    const [was, is] = [await weightsOf(run.at('tagger')), await weightsOf(run.at(out))];
    expect(is.get('classifier.weight')).not.toEqual(was.get('classifier.weight'));
  });

  it('takes a pooler that the weights lack as new, and says what it does not use', async () => {
    await writeTinyBert(run.at('masked'), { architectures: ['BertForMaskedLM'] });
    notes.length = 0;
    await run.train('from-masked', [base('masked'), 'train.max_steps=1'], { say });
    expect(notes.join('\n')).toMatch(/new weights: bert\.pooler\.dense\.weight \[16, 16\], .*classifier\.weight/);
    expect(notes.join('\n')).toMatch(/unused weights: cls\.predictions/);
  });

  it('overrides dropouts and fields of the head', async () => {
    await run.train('dropout', [
      base(),
      'model.hidden_dropout_prob=0.3',
      'model.classifier_dropout=0.4',
      'train.max_steps=1',
    ]);
    const { config } = await loadModel(diskFolder(run.at('dropout')));
    expect(config).toMatchObject({
      hidden_dropout_prob: 0.3,
      classifier_dropout: 0.4,
      attention_probs_dropout_prob: 0.1,
    });
  });

  it('says which dropouts of the folder drop nothing, and refuses such a one of its own', async () => {
    await writeTinyBert(run.at('barely'), { hidden_dropout_prob: 0.001 });
    const said: string[] = [];
    await run.train('barely-dropped', [base('barely'), 'train.max_steps=1'], { say: (line) => said.push(line) });
    expect(said).toContainEqual(
      expect.stringMatching(
        /barely: hidden_dropout_prob 0\.001 is less than 1\/512 and drops nothing in training, as 0 does$/,
      ),
    );
    await expect(run.train('refused', [base('barely'), 'model.classifier_dropout=0.0019'])).rejects.toThrow(
      /^recipe model: classifier_dropout: expected 0, or from 1\/512 to below 511\/512, .* got 0\.0019$/,
    );
    await writeTinyBert(run.at('dropped'), { hidden_dropout_prob: 0.999 });
    await expect(run.train('refused', [base('dropped')])).rejects.toThrow(
      /dropped\/config\.json: hidden_dropout_prob: expected 0, or from 1\/512 to below 511\/512, .* got 0\.999$/,
    );
    await run.train('replaced', [base('dropped'), 'model.hidden_dropout_prob=0.1', 'train.max_steps=1']);
  });

  it('goes on with numbers as labels whatever their name was, and starts with them from other labels', async () => {
    const lines = feelingLines(60, 4).map((line) => line.replace(/good$/, '1').replace(/bad$/, '0'));
    await run.write('data/numbers.tsv', lines.join('\n'));
    const numbers = ['data.train.file=numbers.tsv', 'data.validation=null', 'train.eval_steps=null'];
    const once = [...numbers, 'train.learning_rate=1e-30', 'train.max_steps=1'];
    await writeTinyBert(run.at('stars'), {
      architectures: ['BertForSequenceClassification'],
      id2label: { 0: 'stars' },
    });
    await run.train('numbers', [base('stars'), ...once]);
    expect(await run.json('numbers/config.json')).toMatchObject({
      id2label: { 0: 'stars' },
      problem_type: 'regression',
    });
    const [was, is] = [await weightsOf(run.at('stars')), await weightsOf(run.at('numbers'))];
    expect(is.get('classifier.weight')).toEqual(was.get('classifier.weight'));
    await writeTinyBert(run.at('two'), { architectures: ['BertForSequenceClassification'] });
    await run.train('one-of-two', [base('two'), ...once, 'model.problem_type=regression']);
    expect(await run.json('one-of-two/config.json')).toMatchObject({ num_labels: 1, problem_type: 'regression' });
    await expect(run.train('refused', [base('stars'), ...once, 'train.label_smoothing_factor=0.1'])).rejects.toThrow(
      'train.label_smoothing_factor: expected 0 with problem_type regression, got 0.1',
    );
  });

  it.each([
    ['hidden_size=32', /hidden_size: the weights of .*base have 16, which cannot change, got 32/],
    ['hidden_act=relu', /hidden_act: the weights of .*base have "gelu", which cannot change, got "relu"/],
    ['pooling=max', /^recipe model: unknown field "pooling", which bert does not have$/],
    ['torch_dtype=bfloat16', /^recipe model: torch_dtype: not used by BertForSequenceClassification; remove it/],
    ['hiden_size=32', /unknown field "hiden_size"; did you mean "hidden_size"\?/],
    ['model_type=marian', /model_type: expected "bert", the family of .*base, or none, got "marian"/],
    ['num_labels=3', /num_labels: expected 2, which follows from the data, got 3/],
  ])('refuses model.%s', async (field, message) => {
    await expect(run.train('refused', [base(), `model.${field}`])).rejects.toThrow(message);
  });

  it('accepts fields that say what the folder says', async () => {
    await run.train('agreeing', [base(), 'model.hidden_size=16', 'model.model_type=bert', 'train.max_steps=1']);
  });

  it('refuses the fields of a tokenizer that is not trained', () => {
    expect(() => run.recipe(base(), 'tokenizer.kind=bpe')).toThrow(
      /tokenizer\.kind: not used with model\.model_name_or_path, whose tokenizer is used; remove it/,
    );
  });

  it('says that a name at Hugging Face is no folder', async () => {
    const start = (path: string) => run.train('none', [`model.model_name_or_path=${path}`]);
    await expect(start('google/none')).rejects.toThrow(
      /^recipe model: model_name_or_path: expected the path of a model folder, got "google\/none", no such folder; Heddle downloads no models$/,
    );
    await expect(start(run.at('base/config.json'))).rejects.toThrow(/got ".*base\/config\.json", a file$/);
  });

  it('never replaces the folder that it starts from', async () => {
    const steps = ['train.max_steps=1', 'train.eval_steps=1', 'train.save_steps=1'];
    await run.train('source', [base(), ...steps]);
    const weights = () => readFile(run.at('source/model.safetensors'));
    const before = await weights();
    for (const name of ['source', 'source/checkpoint-1', 'base/../source/']) {
      await expect(run.train('source', [base(name), ...steps], { overwrite: true })).rejects.toThrow(
        /source: --overwrite would remove .*source.*, from which the run starts \(recipe model\.model_name_or_path\)/,
      );
    }
    expect((await weights()).equals(before)).toBe(true);
  });

  it('needs a family or a folder', () => {
    expect(() => run.recipe('model.model_name_or_path=null')).toThrow(
      /model\.model_type: expected a family, or model_name_or_path with a folder to start from/,
    );
  });

  it('refuses a folder that is missing, or whose class cannot do the task', async () => {
    await expect(run.train('refused', [base('nowhere')])).rejects.toThrow(/nowhere/);
    await run.write('data/text.txt', 'the film was very long. '.repeat(50));
    const { trainRecipe } = await import('../../../src/tasks/verbs/train-recipe.ts');
    const { parseRecipe } = await import('../../../src/tasks/recipe/recipe.ts');
    const { nodeBackend } = await import('../../../src/runtime/node.ts');
    const text = `task: text-generation\ndata: { root: ${run.at('data')}, train: text.txt }\nmodel: { model_name_or_path: ${run.at('base')} }\n`;
    const call = trainRecipe(parseRecipe(text, 'r.yaml'), { out: run.at('refused'), backend: nodeBackend() });
    await expect(call).rejects.toThrow(/model_type: expected a language model .*got "bert"/);
  });

  it('refuses a tokenizer of another folder', async () => {
    await writeTinyBert(run.at('mixed'), { pad_token_id: 3 });
    await expect(run.train('refused', [base('mixed')])).rejects.toThrow(
      /mixed: expected a tokenizer that pads with token 3, the model's pad_token_id, got one that pads with 0/,
    );
    await writeTinyBert(run.at('mixed'), { vocab_size: 10 });
    await expect(run.train('refused', [base('mixed')])).rejects.toThrow(
      /mixed: expected a tokenizer of at most 10 tokens, the size of the model's vocabulary, got 22/,
    );
  });
});
