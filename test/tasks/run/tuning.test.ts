/** How a run treats parts of its model: frozen parts, rates of the head and of blocks, blocks that begin later. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { balancedSample } from '../../../src/data/batch/balanced-sample.ts';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { modelParameters } from '../../../src/models/families/setup.ts';
import { partTreatment } from '../../../src/tasks/run/tuning.ts';
import { completeArguments } from '../../../src/train/complete-arguments.ts';
import { BestMetric } from '../../../src/train/run/early-stopping.ts';
import { loadCheckpoint } from '../../../src/weights/checkpoint.ts';
import { float32Data } from '../../../src/weights/tensor.ts';
import { SmallRun } from '../small-run.ts';
import { feelingLines } from '../task-sample.ts';
import { writeTinyBert } from '../tiny-bert.ts';

const sample = {
  recipe: `task: text-classification
data: { train: { file: train.tsv } }
model: { model_name_or_path: base }
train: { max_steps: 3, per_device_train_batch_size: 8, save_steps: 1, save_total_limit: 9, max_length: 32, learning_rate: 1e-2 }
`,
  files: { 'train.tsv': feelingLines(200, 1).join('\n') },
};

let run: SmallRun;
const base = () => `model.model_name_or_path=${run.at('base')}`;

beforeAll(async () => {
  run = await SmallRun.make(sample);
  await writeTinyBert(run.at('base'), { num_hidden_layers: 2 });
});
afterAll(() => run.remove());

async function weightsOf(path: string): Promise<Map<string, Float32Array>> {
  const { tensors } = await loadCheckpoint(diskFolder(run.at(path)));
  return new Map([...tensors].map(([name, tensor]) => [name, float32Data(tensor, name)]));
}

/** The parameters of a folder that differ from those of the folder that the run started from. */
async function moved(path: string): Promise<string[]> {
  const [was, is] = [await weightsOf('base'), await weightsOf(path)];
  return [...is].flatMap(([name, numbers]) => {
    const before = was.get(name.replace(/^bert\./, ''));
    return before && numbers.every((x, i) => x === before[i]) ? [] : [name];
  });
}

const block = (index: number) => (name: string) => name.startsWith(`bert.encoder.layer.${index}.`);

describe('freeze', () => {
  it('leaves parameters as they are, by names, by what they are in, and by patterns', async () => {
    const names = ['bert.embeddings', 'bert.encoder.layer.0', 'bert.encoder.*.1.**.bias', 'bert.pooler.dense.weight'];
    await run.train('frozen', [base(), `train.freeze=${JSON.stringify(names)}`]);
    const changed = await moved('frozen');
    expect(changed.filter((name) => name.startsWith('bert.embeddings.') || block(0)(name))).toEqual([]);
    expect(changed.filter((name) => block(1)(name) && name.endsWith('.bias'))).toEqual([]);
    expect(changed).not.toContain('bert.pooler.dense.weight');
    expect(changed).toContain('bert.pooler.dense.bias');
    expect(changed).toContain('bert.encoder.layer.1.output.dense.weight');
    expect(changed).toContain('classifier.weight');
  });

  test.each([
    [
      'bert.encoder.layer.7',
      /train\.freeze: .*got "bert\.encoder\.layer\.7"; did you mean "bert\.encoder\.layer\.\d"\?/,
    ],
    ['bert.embedings', /got "bert\.embedings"; did you mean "bert\.embeddings"\?/],
    ['**.**.**.**', /expected at most 3 "\*\*" in a pattern, got "\*\*\.\*\*\.\*\*\.\*\*"/],
  ])('refuses %s', async (pattern, message) => {
    await expect(run.train('refused', [base(), `train.freeze=["${pattern}"]`])).rejects.toThrow(message);
  });

  it('refuses to freeze everything', async () => {
    await expect(run.train('refused', [base(), 'train.freeze=["**"]'])).rejects.toThrow(/nothing to train/);
  });
});

describe('rates', () => {
  const setup = checkConfig(
    {
      ...{ model_type: 'bert', vocab_size: 9, hidden_size: 4, num_hidden_layers: 3, num_attention_heads: 1 },
      ...{ intermediate_size: 4, num_labels: 2 },
    },
    'm',
    { role: 'sequence-classification' },
  );
  const chosen = { freeze: [], layerwise_lr_decay: 1, learning_rate: 1e-3 };
  const treated = (tuning: object) => {
    const { group } = partTreatment(setup, { ...chosen, ...tuning }, 10);
    return new Map([...modelParameters(setup)].map(([name, parameter]) => [name, group(name, parameter)]));
  };

  it('fall from block to block, down to the embeddings', () => {
    const groups = treated({ layerwise_lr_decay: 0.5 });
    const rate = (name: string) => groups.get(name)?.rate;
    expect(rate('classifier.weight')).toBe(1);
    expect(rate('bert.pooler.dense.weight')).toBe(0.5);
    expect([2, 1, 0].map((i) => rate(`bert.encoder.layer.${i}.output.dense.weight`))).toEqual([0.5, 0.25, 0.125]);
    expect(rate('bert.embeddings.word_embeddings.weight')).toBe(0.0625);
    expect(rate('bert.embeddings.LayerNorm.bias')).toBe(0.0625);
  });

  it('of weights that several blocks share are those of the last of them', () => {
    const shared = checkConfig(
      {
        ...{ model_type: 'albert', vocab_size: 9, embedding_size: 2, hidden_size: 4, num_hidden_layers: 4 },
        ...{ num_hidden_groups: 2, num_attention_heads: 1, intermediate_size: 4 },
      },
      'm',
      { role: 'sequence-classification' },
    );
    const { group } = partTreatment(shared, { ...chosen, layerwise_lr_decay: 0.5, gradual_unfreezing: 1 }, 10);
    const groups = new Map([...modelParameters(shared)].map(([name, parameter]) => [name, group(name, parameter)]));
    const of = (index: number) => groups.get(`albert.encoder.albert_layer_groups.${index}.albert_layers.0.ffn.weight`);
    expect([1, 0].map((index) => of(index)?.rate)).toEqual([0.5, 0.125]);
    expect([1, 0].map((index) => of(index)?.from)).toEqual([10, 30]);
    expect(groups.get('albert.encoder.embedding_hidden_mapping_in.weight')?.rate).toBe(0.5 ** 5);
  });

  it('of the head alone', () => {
    const groups = treated({ head_learning_rate: 1e-2 });
    expect(groups.get('classifier.bias')?.rate).toBe(10);
    expect(groups.get('bert.pooler.dense.bias')?.rate).toBe(1);
  });

  it('keep what weight decay leaves alone', () => {
    const groups = treated({ layerwise_lr_decay: 0.5 });
    expect(groups.get('bert.encoder.layer.0.output.dense.bias')?.decay).toBe(false);
    expect(groups.get('bert.encoder.layer.0.output.dense.weight')?.decay).toBe(true);
  });

  it('are refused for models without blocks, and without a head', () => {
    const recurrent = {
      model_type: 'recurrent_encoder',
      vocab_size: 7,
      hidden_size: 4,
      pad_token_id: 6,
      num_labels: 2,
    };
    const bag = checkConfig(recurrent, 'm', { role: 'sequence-classification' });
    expect(() => partTreatment(bag, { ...chosen, layerwise_lr_decay: 0.9 }, 10)).toThrow(
      /train\.layerwise_lr_decay: HeddleRecurrentEncoderForSequenceClassification has no stack of blocks; remove it/,
    );
    const alone = checkConfig({ model_type: 'bert', vocab_size: 9, num_hidden_layers: 1 }, 'm');
    expect(() => partTreatment(alone, { ...chosen, head_learning_rate: 1 }, 10)).toThrow(
      /train\.head_learning_rate: BertModel has no head of its own that is trained; remove it/,
    );
    // Its head is a buffer.
    const ids = {
      pad_token_id: 8,
      decoder_start_token_id: 8,
      eos_token_id: 0,
      bos_token_id: 0,
      forced_eos_token_id: 0,
    };
    const marian = checkConfig({ model_type: 'marian', vocab_size: 9, ...ids, d_model: 16 }, 'm');
    expect(() => partTreatment(marian, { ...chosen, head_learning_rate: 1 }, 10)).toThrow(
      /train\.head_learning_rate: MarianMTModel has no head of its own that is trained; remove it/,
    );
    const frozen = { ...chosen, freeze: ['classifier'], head_learning_rate: 1 };
    const classifier = checkConfig({ model_type: 'bert', vocab_size: 9, num_hidden_layers: 1 }, 'm', {
      role: 'sequence-classification',
    });
    expect(() => partTreatment(classifier, frozen, 10)).toThrow(
      /train\.head_learning_rate: BertForSequenceClassification has no head of its own that is trained; remove it/,
    );
  });
});

test('gradual unfreezing trains the head first, then block after block from the last', async () => {
  // 200 texts in batches of 8 are 25 updates; a block begins after each.
  const said: string[] = [];
  await run.train('gradual', [base(), 'train.gradual_unfreezing=0.04'], { say: (line) => said.push(line) });
  expect(said).toContain(
    'model: the training has 3 updates, and train.gradual_unfreezing begins with the last part after 3',
  );
  const [first, second, third] = await Promise.all([1, 2, 3].map((step) => moved(`gradual/checkpoint-${step}`)));
  expect(first).toEqual(['classifier.bias', 'classifier.weight']);
  expect(second?.filter(block(1)).length).toBeGreaterThan(10);
  expect(second?.filter((name) => block(0)(name) || name.startsWith('bert.embeddings.'))).toEqual([]);
  expect(third?.filter(block(0)).length).toBeGreaterThan(10);
  expect(third?.filter((name) => name.startsWith('bert.embeddings.'))).toEqual([]);
});

test('a resumed run unfreezes at the same updates', async () => {
  const settings = [base(), 'train.gradual_unfreezing=0.04'];
  await run.train('parts', [...settings, 'train.max_steps=2', 'train.lr_scheduler_type=constant']);
  const whole = [...settings, 'train.lr_scheduler_type=constant'];
  await run.train('parts', whole, { resume: true });
  await run.train('whole', whole);
  expect([...(await weightsOf('parts'))]).toEqual([...(await weightsOf('whole'))]);
});

describe('warmup_ratio', () => {
  const args = {
    ...({ max_steps: 41, lr_scheduler_type: 'linear', optim: 'sgd', metric_for_best_model: 'eval_loss' } as const),
    ...{ gradient_accumulation_steps: 1, learning_rate: 1, adam_beta1: 0, adam_beta2: 0, adam_epsilon: 1, seed: 0 },
    ...{ weight_decay: 0, max_grad_norm: 0, save_total_limit: 1, logging_steps: 1 },
  };
  it('is a share of all updates, rounded up as in the Trainer', () => {
    expect(completeArguments({ ...args, warmup_ratio: 0.1 }, 10).warmup_steps).toBe(5);
    expect(completeArguments({ ...args, warmup_ratio: 0 }, 10).warmup_steps).toBe(0);
  });

  it('is refused beside warmup_steps, and by a schedule without a warm-up', () => {
    expect(() => run.recipe(base(), 'train.warmup_ratio=0.1', 'train.warmup_steps=1')).toThrow(
      /train\.warmup_ratio: expected warmup_steps or warmup_ratio, got both/,
    );
    expect(() => run.recipe(base(), 'train.warmup_ratio=0.1', 'train.lr_scheduler_type=constant')).toThrow(
      /train\.warmup_ratio: not used by lr_scheduler_type constant/,
    );
  });
});

describe('balanced sampling', () => {
  const classes = [...Array(90).fill(0), ...Array(9).fill(1), 2];

  it('draws every class equally often, and each sample of a class as often but for one', () => {
    const drawn = balancedSample(classes, 1, 0);
    const times = classes.map((_, i) => drawn.filter((index) => index === i).length);
    const ofClass = (label: number) => times.filter((_, i) => classes[i] === label);
    expect([0, 1, 2].map((label) => ofClass(label).reduce((a, b) => a + b))).toEqual([34, 34, 34]);
    for (const label of [0, 1, 2]) expect(Math.max(...ofClass(label)) - Math.min(...ofClass(label))).toBeLessThan(2);
  });

  it('draws others in every epoch, and the same for the same seed', () => {
    expect(balancedSample(classes, 1, 1)).not.toEqual(balancedSample(classes, 1, 0));
    expect(balancedSample(classes, 1, 1)).toEqual(balancedSample(classes, 1, 1));
  });

  it('is refused where texts have no single label', async () => {
    const several = ['model.problem_type=multi_label_classification', 'train.balanced_sampling=true'];
    await expect(run.train('refused', [base(), ...several])).rejects.toThrow(
      /train\.balanced_sampling: not used with problem_type \w+; remove it/,
    );
  });
});

test('patience begins anew only for an improvement above the threshold', () => {
  const best = new BestMetric({ greaterIsBetter: true, patience: 2, threshold: 0.1 });
  expect([0.5, 0.55].map((value, step) => best.observe(value, step))).toEqual([true, true]);
  expect(best.shouldStop).toBe(false);
  best.observe(0.6, 3);
  expect(best.state).toMatchObject({ best_metric: 0.6, best_step: 3, evaluations_without_improvement: 2 });
  expect(best.shouldStop).toBe(true);
});
