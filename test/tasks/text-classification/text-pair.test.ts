/** Pairs of texts, such as a sentence and what may follow from it. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/data/batch/shuffle.ts';
import { loadModel, pipeline } from '../../../src/tasks/index.ts';
import type { ClassifiedText } from '../../../src/tasks/text-classification/text-pair.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { SmallRun } from '../small-run.ts';
import { tinyBertConfig, writeTinyBert } from '../tiny-bert.ts';

const adjectives = ['lovely', 'great', 'awful', 'dull'];

/** Two texts and whether the second has the adjective of the first. */
function rows(count: number, seed: number): string[] {
  const random = randomStream(seed);
  const pick = (): string => String(adjectives[random.below(adjectives.length)]);
  return Array.from({ length: count }, () => {
    const [first, other] = [pick(), pick()];
    const second = random.below(2) === 0 ? first : other;
    return `the film was ${first}\ta very ${second} film\t${first === second ? 'same' : 'other'}`;
  });
}

const header = 'premise\thypothesis\tlabel\n';

const sample = {
  recipe: `task: text-classification
data:
  train: { file: train.tsv, columns: { text: premise, text_pair: hypothesis, label: label } }
  validation: { file: validation.tsv, columns: { text: premise, text_pair: hypothesis, label: label } }
model: { model_name_or_path: base }
train: { max_steps: 6, per_device_train_batch_size: 8, eval_steps: 3, save_steps: 3, max_length: 16, learning_rate: 1e-2 }
`,
  files: { 'train.tsv': header + rows(300, 1).join('\n'), 'validation.tsv': header + rows(40, 2).join('\n') },
};

let run: SmallRun;
const notes: string[] = [];
const base = () => `model.model_name_or_path=${run.at('base')}`;

beforeAll(async () => {
  run = await SmallRun.make(sample);
  await writeTinyBert(run.at('base'));
  await run.train('model', [base()], { say: (line) => notes.push(line) });
});
afterAll(() => run.remove());

/** `heddle predict` on a text: the lines it prints. */
async function predicted(text: string, folder = run.at('model')): Promise<string[]> {
  await writeFile(run.at('input.txt'), text);
  const printed: string[] = [];
  await predictLines(folder, {
    input: run.at('input.txt'),
    json: true,
    settings: [],
    stdin: (async function* () {})(),
    print: async (lines) => void printed.push(lines),
    note: (line) => notes.push(line),
  });
  return printed.join('').trimEnd().split('\n');
}

describe('a classifier of pairs of texts', () => {
  it('is trained on two columns', () => {
    expect(notes).toContain('data: 300 pairs of texts to train on, 2 labels, vocabulary of 22 tokens');
  });

  it('says how many pairs have an empty text', async () => {
    await run.write('data/blank.tsv', `${header}${rows(20, 3).join('\n')}\nthe film was good\t \tother\n`);
    const said: string[] = [];
    const set = [base(), 'data.train.file=blank.tsv', 'train.max_steps=1'];
    await run.train('blank', set, { say: (line) => said.push(line) });
    expect(said).toContainEqual(expect.stringMatching(/^data: 1 .*have an empty text$/));
  });

  it('marks the result of a pair with an empty text, and predict says so', async () => {
    notes.length = 0;
    const [whole, blank] = (await predicted('the film was lovely\ta dull film\nthe film was dull\t \n')).map((line) =>
      JSON.parse(line),
    );
    expect(whole).not.toHaveProperty('is_empty');
    expect(blank).toMatchObject({ is_empty: true });
    expect(notes).toEqual([`${run.at('input.txt')}:2: an empty text`]);
  });

  it('reads both texts, in order, and the types of their tokens', async () => {
    const classify = await pipeline('text-classification', run.at('model'));
    const [first, second] = ['the film was lovely', 'a very dull film'];
    const scoreOf = async (text: ClassifiedText) => (await classify(text, { top_k: null })).flat();
    const pair = await scoreOf({ text: first, text_pair: second });
    expect(pair).toHaveLength(2);
    for (const other of [
      { text: first, text_pair: 'a very lovely film' },
      { text: second, text_pair: first },
      { text: first, text_pair: '' },
      `${first} [SEP] ${second}`,
    ]) {
      expect(await scoreOf(other)).not.toEqual(pair);
    }
    expect(await classify([{ text: first, text_pair: second }, first], { top_k: null })).toMatchObject([
      pair.map(({ label }) => ({ label })),
      [{}, {}],
    ]);
    await classify.dispose();
  });

  it('equals a forward pass over the ids and type ids of the template', async () => {
    const classify = await pipeline('text-classification', run.at('model'));
    const { ids, type_ids } = classify.tokenizer.encoding('the film was lovely', { text_pair: 'a very dull film' });
    expect(type_ids).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    const model = await loadModel(run.at('model'));
    const logitsOf = async (types: readonly number[]) => {
      const results = await model.forward({ input_ids: [[...ids]], token_type_ids: [[...types]] });
      return Array.from(results.get('logits')?.data as Float32Array);
    };
    const [a = 0, b = 0] = await logitsOf(type_ids);
    const scores = await classify({ text: 'the film was lovely', text_pair: 'a very dull film' }, { top_k: null });
    const score = scores.flat().find(({ label }) => label === 'other')?.score;
    expect(score).toBeCloseTo(1 / (1 + Math.exp(b - a)), 5);
    expect(await logitsOf(type_ids.map(() => 0))).not.toEqual([a, b]);
    await classify.dispose();
    await model.dispose();
  });

  it('cuts the longer text of a pair that is too long, and reports it', async () => {
    const long = 'very '.repeat(40);
    await run.write('data/long.tsv', `${header}${long}\ta film\tsame\nthe film\tfilm\tother`);
    const said: string[] = [];
    const only = ['data.train.file=long.tsv', 'data.validation=null', 'train.eval_steps=null', 'train.max_steps=1'];
    await run.train('long', [base(), ...only], { say: (line) => said.push(line) });
    expect(said).toContain('data: 1 training pairs of texts cut to train.max_length = 16 tokens');
    const classify = await pipeline('text-classification', run.at('model'));
    const [cut] = await classify({ text: long, text_pair: 'a film' });
    expect(cut?.is_truncated).toBe(true);
    const call = classify({ text: long, text_pair: 'a film' }, { truncation: false });
    await expect(call).rejects.toThrow(/expected at most 32 tokens, got 45, at text 0/);
    await classify.dispose();
  });

  it('reads lines with a tab, and refuses those without', async () => {
    const lines = await predicted('the film was lovely\ta very dull film\n\nthe film\tfilm\n');
    const classify = await pipeline('text-classification', run.at('model'));
    const [score] = await classify({ text: 'the film was lovely', text_pair: 'a very dull film' });
    expect(JSON.parse(String(lines[0]))).toEqual(score);
    expect(JSON.parse(String(lines[1]))).toEqual({ label: null, score: null });
    await classify.dispose();
    await expect(predicted('the film\tfilm\n\nthe film was lovely\n')).rejects.toThrow(
      /input\.txt:3: expected two texts with a tab between them, got no tab, in "the film was lovely"/,
    );
    await expect(predicted('1\ta\tb\n')).rejects.toThrow(/input\.txt:1: .*got 2 tabs, in "1\\ta\\tb"/);
  });

  it('leaves a tab in a line alone where single texts were trained on', async () => {
    const single = ['data.train.columns.text_pair=null', 'data.validation=null', 'train.eval_steps=null'];
    await run.train('single', [base(), ...single, 'train.max_steps=1']);
    const lines = await predicted('the film was lovely\na\tb\tc\n', run.at('single'));
    const classify = await pipeline('text-classification', run.at('single'));
    expect(lines.map((line) => JSON.parse(line))).toEqual(await classify(['the film was lovely', 'a\tb\tc']));
    await classify.dispose();
  });

  it('is evaluated on the columns that it was trained on, or others', async () => {
    const file = run.at('data/validation.tsv');
    const result = await evaluateFiles(run.at('model'), { data: [file], settings: [] });
    const { metrics } = JSON.parse(await readFile(run.at('model/heddle.json'), 'utf8'));
    expect(result.metrics.eval_loss).toBeCloseTo(metrics.eval_loss, 5);
    const other = ['data.columns.text=hypothesis', 'data.columns.text_pair=premise'];
    const swapped = await evaluateFiles(run.at('model'), { data: [file], settings: other });
    expect(swapped.metrics.eval_loss).not.toBeCloseTo(metrics.eval_loss, 5);
  });

  it.each([
    [
      'data.validation.columns.text_pair=null',
      /data validation\.tsv: columns: expected a text_pair, as in train\.tsv, got none/,
    ],
    [
      'data.train.columns.hypothesis=b',
      /unknown field "hypothesis" in data\.train\.columns; did you mean "text_pair"\?/,
    ],
    ['data.train.columns.sentence2=b', /unknown field "sentence2" in data\.train\.columns; did you mean "text_pair"\?/],
    ['data.train.columns.text_pair=premise', /columns\.text and columns\.text_pair must be different/],
  ])('refuses %s', async (setting, message) => {
    await expect((async () => run.train('refused', [base(), setting]))()).rejects.toThrow(message);
  });

  it('refuses pairs where the tokenizer does not separate them', async () => {
    const fresh =
      'model={ model_type: transformer_encoder, hidden_size: 8, num_attention_heads: 2, intermediate_size: 8 }';
    await expect(run.train('refused', [fresh, 'tokenizer.vocab_size=300'])).rejects.toThrow(
      /recipe: expected a model that reads pairs of texts, got one whose tokenizer does not separate them/,
    );
    const single = await SmallRun.make({ ...sample, recipe: sample.recipe.replaceAll('text_pair: hypothesis, ', '') });
    const set = ['tokenizer.vocab_size=300', 'train.max_steps=1', 'train.eval_steps=1', 'train.save_steps=1'];
    await single.train('model', [fresh, ...set]);
    const classify = await pipeline('text-classification', single.at('model'));
    await expect(classify({ text: 'a', text_pair: 'b' })).rejects.toThrow(/does not separate them/);
    await classify.dispose();
    const data = run.at('data/validation.tsv');
    const asked = evaluateFiles(single.at('model'), { data: [data], settings: ['data.columns.text_pair=hypothesis'] });
    await expect(asked).rejects.toThrow(/does not separate them/);
    await single.remove();
  });

  it('reads pairs by the token between them alone where the model has one type of tokens and the tokenizer writes two', async () => {
    await writeTinyBert(run.at('one-type'), { ...tinyBertConfig, type_vocab_size: 1 });
    const few = ['train.max_steps=1', 'train.save_steps=1', 'train.eval_steps=1'];
    await run.train('of-one-type', [`model.model_name_or_path=${run.at('one-type')}`, ...few]);
    const classify = await pipeline('text-classification', run.at('of-one-type'));
    const [text, text_pair] = ['the film was lovely', 'a very dull film'];
    const [best] = await classify({ text, text_pair });
    const { ids, type_ids } = classify.tokenizer.encoding(text, { text_pair });
    expect(type_ids).toContain(1);
    const model = await loadModel(run.at('of-one-type'), { role: 'sequence-classification' });
    const results = await model.forward({ input_ids: [[...ids]] });
    const scores = Array.from(results.get('logits')?.data as Float32Array, Math.exp);
    const sum = scores.reduce((all, x) => all + x, 0);
    expect(best?.score).toBeCloseTo(Math.max(...scores) / sum, 5);
    await model.dispose();
    await classify.dispose();
  });

  it.each([
    [{ text: 'a' }, /expected a text or a pair \{ text, text_pair \}, got \{ text \}, at 0/],
    [{ text: 'a', text_pair: 1 }, /got \{ text, text_pair: number \}, at 0/],
    [[7], /got number, at 0/],
  ])('refuses the call %j', async (texts, message) => {
    const classify = await pipeline('text-classification', run.at('model'));
    await expect(classify(texts as never)).rejects.toThrow(message);
    await classify.dispose();
  });
});
