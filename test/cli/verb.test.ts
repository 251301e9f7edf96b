import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metrics } from '../../src/measure/metric.ts';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { float32Data, float32Tensor } from '../../src/weights/tensor.ts';
import { source, target, temporaryFolder, writeSmallModel } from '../tasks/model-folder.ts';
import { build, heddle, root } from './heddle.ts';

const golden = join(root, 'test/golden/models/marian');
let folder: string;
let model: string;
const at = (name: string) => join(folder, name);
const lines = (texts: readonly string[]) => `${texts.join('\n')}\n`;
const readTensors = async (file: string) => parseSafetensors(new Uint8Array(await readFile(file)), file).tensors;

beforeAll(async () => {
  await build();
  folder = await temporaryFolder();
  model = await writeSmallModel(at('model'));
  await writeFile(at('source.txt'), lines(source));
  await writeFile(at('target.txt'), lines(target));
  await writeFile(at('pairs.tsv'), lines(source.map((text, i) => `${text}\t${target[i]}`)));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('predict', () => {
  test('writes one line per line, in order, blank for blank', async () => {
    const texts = ['a man sleeps', '', '1998년 5월 3일', '  ', 'the 3rd of May, 1998'];
    const { status, stdout, stderr } = await heddle(['predict', model], { input: lines(texts) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const results = stdout.split('\n');
    expect(results).toHaveLength(texts.length + 1);
    expect([results[1], results[3], results[5]]).toEqual(['', '', '']);
    for (const text of [0, 2, 4]) {
      const alone = await heddle(['predict', model], { input: texts[text] });
      expect(alone.stdout).toBe(`${results[text]}\n`);
      expect(results[text].length).toBeGreaterThan(0);
    }
  });

  test('reads and writes files like streams, including gzip', async () => {
    await writeFile(at('source.txt.gz'), gzipSync(lines(source)));
    const streamed = await heddle(['predict', model], { input: lines(source) });
    for (const input of ['source.txt', 'source.txt.gz']) {
      const call = ['predict', model, '--input', at(input), '--output', at('new/out.txt')];
      expect(await heddle(call)).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(await readFile(at('new/out.txt'), 'utf8')).toBe(streamed.stdout);
    }
    expect(await readdir(at('new'))).toEqual(['out.txt']);
  });

  test('--json writes the pipeline’s objects, with score and token ids', async () => {
    const { stdout } = await heddle(['predict', model, '--json'], { input: 'a man sleeps\n\n' });
    const [result, blank] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(Object.keys(result)).toEqual(['translation_text', 'score', 'token_ids']);
    expect(result.score).toBeLessThan(0);
    expect(result.token_ids.at(-1)).toBe(0);
    expect(blank).toEqual({ translation_text: '' });
  });

  test('--set changes the generation and nothing else', async () => {
    const call = [
      'predict',
      model,
      '--json',
      '--set',
      'generation.max_new_tokens=3',
      '--set',
      'generation.num_beams=1',
    ];
    const { stdout } = await heddle(call, { input: 'a man sleeps' });
    expect(JSON.parse(stdout).token_ids.length).toBeLessThanOrEqual(3);
  });

  test('a text longer than the model’s positions is cut, and stderr says which', async () => {
    const long = 'man '.repeat(60);
    const { status, stdout, stderr } = await heddle(['predict', model], { input: lines(['a man', long]) });
    expect({ status, count: stdout.split('\n').length }).toEqual({ status: 0, count: 3 });
    expect(stderr).toBe("stdin:2: cut to 40 tokens, the model's max_position_embeddings\n");
  });
});

describe('evaluate', () => {
  const names = [
    'eval_loss',
    'eval_bleu',
    'eval_bleu_signature',
    'eval_chrf',
    'eval_exact_match',
    'eval_samples',
    'eval_runtime',
  ];

  test('gives every score of the task, from two files as from one TSV', async () => {
    const two = await heddle(['evaluate', model, '--data', at('source.txt'), at('target.txt'), '--json']);
    expect({ status: two.status, stderr: two.stderr }).toEqual({ status: 0, stderr: '' });
    const { eval_runtime: _, ...scores } = JSON.parse(two.stdout);
    expect([...Object.keys(scores), 'eval_runtime']).toEqual(names);
    expect(scores).toMatchObject({ eval_samples: 4, eval_bleu_signature: expect.stringContaining('tok:13a|') });
    const one = await heddle(['evaluate', model, '--data', at('pairs.tsv'), '--json']);
    expect(JSON.parse(one.stdout)).toMatchObject(scores);
  });

  test('scores what predict writes, as score does', async () => {
    await heddle(['predict', model, '--input', at('source.txt'), '--output', at('hyp.txt')]);
    const options = ['--tokenize', 'char', '--lowercase'];
    const scored = await heddle([
      'score',
      'bleu',
      '--hyp',
      at('hyp.txt'),
      '--ref',
      at('target.txt'),
      '--json',
      ...options,
    ]);
    const evaluated = await heddle([
      'evaluate',
      model,
      '--data',
      at('source.txt'),
      at('target.txt'),
      '--json',
      ...options,
    ]);
    const { score, signature } = JSON.parse(scored.stdout);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ eval_bleu: score, eval_bleu_signature: signature });
  });
});

describe('forward', () => {
  test('gives what Transformers gives, by its names, with gradients', async () => {
    const all = await readTensors(join(golden, 'cases.safetensors'));
    const part = (prefix: string) =>
      new Map([...all].filter(([name]) => name.startsWith(prefix)).map(([name, t]) => [name.slice(prefix.length), t]));
    await writeFile(at('in.safetensors'), writeSafetensors(part('padded/in/')));
    const call = [
      'forward',
      golden,
      '--inputs',
      at('in.safetensors'),
      '--outputs',
      at('out.safetensors'),
      '--gradients',
    ];
    expect(await heddle(call)).toEqual({ status: 0, stdout: '', stderr: '' });
    const found = await readTensors(at('out.safetensors'));
    const expected = new Map([
      ...part('padded/out/'),
      ...[...part('padded/grad/')].map(([name, tensor]) => [`grad/${name}`, tensor] as const),
    ]);
    expect(expected.size).toBeGreaterThan(30);
    for (const [name, tensor] of expected) {
      const [want, got] = [float32Data(tensor, name), float32Data(found.get(name) ?? tensor, name)];
      expect(found.get(name)?.shape, name).toEqual(tensor.shape);
      expect(Math.max(...want.map((value, i) => Math.abs(value - got[i]))), name).toBeLessThan(5e-5);
    }
    expect(found.get('loss')?.shape).toEqual([]);
  });
});

describe('score', () => {
  test('prints sacreBLEU’s line, or every figure with --json', async () => {
    await writeFile(at('a.txt'), 'the cat sat on the mat\n');
    await writeFile(at('b.txt'), 'the cat sat on a mat\n');
    const call = ['score', 'bleu', '--hyp', at('a.txt'), '--ref', at('b.txt')];
    const plain = await heddle(call);
    expect(plain.stdout).toMatch(/^BLEU\|nrefs:1\|case:mixed\|eff:no\|tok:13a\|smooth:exp\|version:\S+ = 53\.73 /);
    const { score, precisions } = JSON.parse((await heddle([...call, '--json'])).stdout);
    expect(score).toBeCloseTo(53.7285, 3);
    expect(precisions).toHaveLength(4);
  });

  test('has chrF++ by the order of its words, and compares bytes as they are given', async () => {
    await writeFile(at('nfc.txt'), '하나 둘 셋\n');
    await writeFile(at('nfd.txt'), `${'하나 둘 셋'.normalize('NFD')}\n`);
    const scored = (ref: string, ...options: string[]) =>
      heddle(['score', 'chrf', '--hyp', at('nfc.txt'), '--ref', at(ref), ...options]);
    expect((await scored('nfc.txt', '--word_order', '2')).stdout).toMatch(
      /^chrF2\+\+\|nrefs:1\|case:mixed\|eff:yes\|nc:6\|nw:2\|space:no\|version:\S+ = 100\.00\n$/,
    );
    expect((await scored('nfd.txt')).stdout).toMatch(/^chrF2\|.* = 0\.00\n$/);
    const wrong = await scored('nfc.txt', '--word_order', 'two');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/word_order/)]);
  });

  test('takes several references', async () => {
    const call = ['score', 'exact_match', '--hyp', at('a.txt'), '--ref', at('b.txt'), at('a.txt')];
    expect((await heddle(call)).stdout).toBe('exact_match = 1.0000\n');
  });

  test('lists every metric in its help', async () => {
    const { stdout } = await heddle(['score', '--help']);
    for (const metric of Object.keys(metrics)) expect(stdout).toMatch(new RegExp(`\\b${metric}\\b`));
  });

  test('has ROUGE for any script, entities from lines of tags, error rates', async () => {
    await writeFile(at('hyp.ko'), '나는 집에 간다\n');
    await writeFile(at('ref.ko'), '나는 학교에 간다\n');
    await writeFile(at('hyp.tags'), 'B-PER I-PER O\n\nI-LOC\n');
    await writeFile(at('ref.tags'), 'B-PER I-PER O\n\nB-LOC\n');
    const scored = (metric: string, kind: string, ...options: string[]) =>
      heddle(['score', metric, '--hyp', at(`hyp.${kind}`), '--ref', at(`ref.${kind}`), ...options]);
    const nothing = await scored('rouge', 'ko');
    expect(nothing.stdout).toMatch(/^rougeL\|nrefs:1\|tok:rouge\|stem:no\|version:\S+ = 0\.0000 \(rouge1 = 0\.0000 /);
    expect(nothing.stderr).toMatch(/^heddle: in 1 of 1 pairs .* use the tokenizer unicode or char\n$/);
    const { rouge1, rates } = JSON.parse((await scored('rouge', 'ko', '--tokenize', 'unicode', '--json')).stdout);
    expect([rouge1, rates.rouge2.f1]).toEqual([expect.closeTo(2 / 3, 12), 0]);
    expect((await scored('seqeval', 'tags')).stdout).toMatch(/^seqeval\|nrefs:1\|mode:default\|\S+ = 1\.0000 /);
    expect((await scored('seqeval', 'tags', '--scheme', 'IOB2')).stdout).toMatch(/scheme:IOB2\|\S+ = 0\.6667 /);
    expect((await scored('wer', 'ko')).stdout).toBe('wer = 0.3333 (errors = 1 ref_len = 3)\n');
    expect((await scored('f1', 'tags')).stdout).toBe('f1_macro = 0.5000 (micro = 0.6667 weighted = 0.6667)\n');
  });
});

describe('schema', () => {
  test('is JSON Schema of a recipe', async () => {
    const { stdout } = await heddle(['schema']);
    const schema = JSON.parse(stdout);
    expect(schema.$schema).toContain('2020-12');
    expect(JSON.stringify(schema)).toContain('label_smoothing_factor');
  });
});

describe('tokenizer train', () => {
  test('makes the files of a tokenizer', async () => {
    const call = ['tokenizer', 'train', at('source.txt'), at('target.txt'), '--vocab_size', '45', '--out', at('tok')];
    const { status, stdout, stderr } = await heddle(call);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('45 tokens');
    const { model: made } = JSON.parse(await readFile(at('tok/tokenizer.json'), 'utf8'));
    expect(Object.keys(made.vocab)).toHaveLength(45);
    expect(await readdir(at('tok'))).toEqual(['tokenizer.json', 'tokenizer_config.json']);
    const again = await heddle(call);
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('--overwrite replaces it') });
    expect((await heddle([...call, '--overwrite'])).status).toBe(0);
    const word = [...call, '--overwrite', '--kind', 'word', '--min_frequency', '1'];
    expect(await heddle(word)).toMatchObject({ status: 0 });
    expect(JSON.parse(await readFile(at('tok/tokenizer.json'), 'utf8')).model.type).toBe('WordPiece');
    const idle = await heddle([...call, '--overwrite', '--min_frequency', '2']);
    expect(idle.status).toBe(2);
    expect(idle.stderr).toContain('--min_frequency needs --kind char or word, got --kind bpe');
  });
});

describe('average', () => {
  test('replaces the weights at the root by the mean of the newest checkpoints', async () => {
    const run = at('run');
    const whole = await readTensors(join(model, 'model.safetensors'));
    /** The model's weights times a number, as an older Transformers writes them or as Heddle does. */
    const scaled = (factor: number, isOld: boolean) => {
      const tensors = [...whole].map(
        ([name, tensor]) =>
          [
            name,
            float32Tensor(
              tensor.shape,
              float32Data(tensor, name).map((x) => factor * x),
            ),
          ] as const,
      );
      const positions = float32Tensor([40, 16], new Float32Array(640));
      return new Map([...tensors, ...(isOld ? [['model.encoder.embed_positions.weight', positions] as const] : [])]);
    };
    for (const [step, factor] of [
      [9, 100],
      [10, 1],
      [20, 3],
    ]) {
      const folder = join(run, `checkpoint-${step}`);
      await cp(model, folder, { recursive: true });
      await writeFile(join(folder, 'model.safetensors'), writeSafetensors(scaled(factor, step === 10)));
    }
    const made = { task: 'translation', recipe: { task: 'translation' } };
    await writeFile(join(run, 'heddle.json'), JSON.stringify({ ...made, metrics: { eval_bleu: 30 } }));
    await writeFile(join(run, 'eval_results.json'), '{}');
    const { status, stderr } = await heddle(['average', run, '--last', '2']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `${run}/model.safetensors is the mean of checkpoints 10, 20\n`,
    });
    const mean = await readTensors(join(run, 'model.safetensors'));
    const wanted = scaled(2, false);
    expect([...mean.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [name, tensor] of wanted) expect(mean.get(name)?.data, name).toEqual(tensor.data);
    expect(JSON.parse(await readFile(join(run, 'heddle.json'), 'utf8'))).toEqual(made);
    expect(await readdir(run)).not.toContain('eval_results.json');
    expect((await heddle(['average', run, '--last', '4'])).status).toBe(2);
    expect((await heddle(['average', at('nowhere'), '--last', '1'])).status).toBe(2);
    expect(await readdir(folder)).not.toContain('nowhere');
  });
});

describe('train', () => {
  const recipe = () => `
task: translation
data:
  root: ${folder}
  train: { source: source.txt, target: target.txt }
  validation: { file: pairs.tsv }
tokenizer: { vocab_size: 60, byte_level: false }
model:
  { model_type: marian, d_model: 16, encoder_layers: 1, decoder_layers: 1, encoder_attention_heads: 2,
    decoder_attention_heads: 2, encoder_ffn_dim: 16, decoder_ffn_dim: 16, max_position_embeddings: 40 }
train: { max_steps: 4, max_length: 40, eval_steps: 2, save_steps: 2, logging_steps: 1 }
generation: { num_beams: 1, max_new_tokens: 8 }
`;

  test('writes a folder that every verb accepts, progress on stderr in plain lines, scores on stdout', async () => {
    await writeFile(at('recipe.yaml'), recipe());
    const { status, stdout, stderr } = await heddle(['train', at('recipe.yaml'), '--out', at('trained')]);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/^step 4\/4 · .* tokens\/s · loss .* · lr .* left$/m);
    expect(stderr).toMatch(/^step 2 · eval_loss /m);
    for (const control of ['\r', '\u001b']) expect(stderr).not.toContain(control);
    expect(stdout).toMatch(/^eval_loss \d/m);
    const files = await readdir(at('trained'));
    for (const file of ['config.json', 'heddle.json', 'eval_results.json', 'checkpoint-4'])
      expect(files).toContain(file);
    expect((await heddle(['predict', at('trained')], { input: 'a man' })).status).toBe(0);
    expect((await heddle(['info', at('trained')])).stdout).toContain('eval_loss');
  });

  test('--profile prints the page, writes it and a trace, and nothing else', async () => {
    await writeFile(at('profiled.yaml'), recipe());
    const call = ['train', at('profiled.yaml'), '--out', at('profiled'), '--profile', '2'];
    const { status, stdout, stderr } = await heddle(call);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${at('profiled/heddle-profile.html')}\n` });
    expect(stderr).toMatch(
      /^a step takes [\d.]+ ms, [\d.]+ % of it outside the engine; matrix products run at \d+ GFLOP\/s/m,
    );
    expect(stderr).toContain(`https://ui.perfetto.dev opens ${at('profiled/heddle-profile-trace.json')}\n`);
    expect((await readdir(at('profiled'))).sort()).toEqual(['heddle-profile-trace.json', 'heddle-profile.html']);
    const file = await heddle(['train', at('profiled.yaml'), '--out', at('profiled/heddle-profile.html'), '--profile']);
    expect(file).toMatchObject({ status: 2, stderr: expect.stringContaining('expected a folder, got a file') });
  });

  test('refuses a folder that holds a run, continues it with --resume, replaces it with --overwrite', async () => {
    const call = ['train', at('recipe.yaml'), '--out', at('trained')];
    const before = await readFile(at('trained/model.safetensors'));
    const refused = await heddle(call);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('--overwrite');
    expect(await readFile(at('trained/model.safetensors'))).toEqual(before);
    const resumed = await heddle([...call, '--resume']);
    expect(resumed.status).toBe(0);
    expect(await readFile(at('trained/model.safetensors'))).toEqual(before);
    const changed = await heddle([...call, '--resume', '--set', 'train.learning_rate=0.5']);
    expect(changed.status).toBe(2);
    expect(changed.stderr).toContain('train.learning_rate');
    await cp(at('trained'), at('replaced'), { recursive: true });
    const replaced = await heddle([
      'train',
      at('recipe.yaml'),
      '--out',
      at('replaced'),
      '--overwrite',
      '--set',
      'train.max_steps=2',
    ]);
    expect(replaced.status).toBe(0);
    expect(await readdir(at('replaced'))).not.toContain('checkpoint-4');
  });

  test('--resume without a checkpoint starts at 0', async () => {
    const { status, stderr } = await heddle(['train', at('recipe.yaml'), '--out', at('fresh'), '--resume']);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^step 1\/4/m);
  });
});
