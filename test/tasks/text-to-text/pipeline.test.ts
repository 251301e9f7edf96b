import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  loadModel,
  type ModelTensor,
  pipeline,
  type SequenceModel,
  type TranslationPipeline,
} from '../../../src/tasks/index.ts';
import { temporaryFolder, writeSmallModel } from '../model-folder.ts';

let folder: string;
let translator: TranslationPipeline;
let model: SequenceModel;
const texts = ['a man sleeps', '1998년 5월 3일', 'the 3rd of May, 1998'];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeSmallModel(join(folder, 'shared'));
  await writeSmallModel(join(folder, 'separate'), { tokenizer: { shared: false } });
  translator = await pipeline('translation', join(folder, 'shared'));
  model = await loadModel(join(folder, 'shared'), { role: 'sequence-to-sequence' });
});
afterAll(async () => {
  await translator?.dispose();
  await model?.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe('the translation pipeline', () => {
  test('returns one object per text, in order, as transformers.js does', async () => {
    const all = await translator(texts);
    expect(all.map((output) => Object.keys(output))).toEqual(texts.map(() => ['translation_text']));
    for (const [i, text] of texts.entries()) expect(await translator(text)).toEqual([all[i]]);
    expect(new Set(all.map(({ translation_text }) => translation_text)).size).toBeGreaterThan(1);
  });

  test.each([
    ['summarization', 'summary_text'],
    ['text2text-generation', 'generated_text'],
  ] as const)('is that of %s under another name', async (task, field) => {
    const write = await pipeline(task, join(folder, 'shared'));
    const translations = await translator(texts, { num_beams: 2 });
    expect(await write(texts, { num_beams: 2 })).toEqual(
      translations.map(({ translation_text }) => ({ [field]: translation_text })),
    );
    // @ts-expect-error: texts are strings
    await expect(write([7])).rejects.toThrow(`${task}: expected texts, got number, at 0`);
    await write.dispose();
  });

  test('leaves a blank text blank', async () => {
    const [first, blank] = await translator([texts[0], ' \t']);
    expect(blank).toEqual({ translation_text: '' });
    expect([first]).toEqual(await translator(texts[0]));
  });

  test('takes the fields of a generation config, and returns several results per text', async () => {
    const options = { num_beams: 4, num_return_sequences: 2, max_new_tokens: 6, output_scores: true };
    const outputs = await translator(texts, options);
    expect(outputs).toHaveLength(2 * texts.length);
    for (let i = 0; i < outputs.length; i += 2) {
      expect(outputs[i].score).toBeGreaterThanOrEqual(outputs[i + 1].score ?? 0);
      expect(outputs[i].token_ids?.length).toBeLessThanOrEqual(6);
    }
    expect(await translator(['', texts[0]], options)).toHaveLength(4);
  });

  test('cuts a text that is too long and says so, the others beside it as alone; or refuses it with its place', async () => {
    const long = 'man '.repeat(50);
    const [first, cut, blank] = await translator([texts[0], long, '']);
    expect([first]).toEqual(await translator(texts[0]));
    expect(Object.keys(first)).toEqual(['translation_text']);
    expect(cut).toEqual({ translation_text: expect.any(String), is_truncated: true });
    expect(blank).toEqual({ translation_text: '' });
    await expect(translator(['', texts[0], long], { truncation: false })).rejects.toThrow(
      /translation: expected at most 40 tokens, got \d+, at text 2/,
    );
  });

  test('reads a separate target vocabulary', async () => {
    const separate = await pipeline('translation', join(folder, 'separate'));
    expect(separate.tokenizers.source).not.toBe(separate.tokenizers.target);
    expect(await separate(texts)).toHaveLength(3);
    await separate.dispose();
  });

  test.each([
    [
      { pad_token_id: 7 },
      /pads with token 7, the model's pad_token_id, got one that pads with \d+; .*different folders$/,
    ],
    [
      { eos_token_id: 7 },
      /ends texts with token 7, the model's eos_token_id, got one that ends them with 0; .*folders$/,
    ],
  ])('refuses a tokenizer of another folder: %o', async (config, message) => {
    const mixed = await writeSmallModel(join(folder, Object.keys(config).join()), { config });
    await expect(pipeline('translation', mixed)).rejects.toThrow(message);
  });

  test('refuses an unknown task, an unknown field, and anything but texts', async () => {
    // @ts-expect-error: the compiler knows the tasks
    await expect(pipeline('translatoin', folder)).rejects.toThrow(/"translatoin"; did you mean "translation"\?/);
    // @ts-expect-error: and the fields
    await expect(translator(texts, { num_beam: 2 })).rejects.toThrow(/"num_beam"; did you mean "num_beams"\?/);
    // @ts-expect-error: by whatever name
    await expect(translator(texts, { beam_size: 2 })).rejects.toThrow(/"beam_size"; did you mean "num_beams"\?/);
    await expect(pipeline('sentiment-analysis', join(folder, 'shared'))).rejects.toThrow(
      /expected a classifier of texts \(.*\bbert, .*\), got "marian", an encoder–decoder$/,
    );
    // @ts-expect-error: and that texts are strings
    await expect(translator([7])).rejects.toThrow(/expected texts, got number, at 0/);
    // @ts-expect-error: or one of them
    await expect(translator(null)).rejects.toThrow(/expected a text or a list of texts, got null/);
    // @ts-expect-error
    await expect(translator(3)).rejects.toThrow(/expected a text or a list of texts, got number/);
    // @ts-expect-error: and a folder
    await expect(pipeline('translation')).rejects.toThrow(
      /expected a folder, its path or its address as a text, got undefined/,
    );
    // @ts-expect-error: whose address is a text
    await expect(pipeline('translation', new URL('file:///run'))).rejects.toThrow(
      /expected a folder, its path or its address as a text, got URL/,
    );
    // @ts-expect-error: or an object that holds files
    await expect(pipeline('translation', {})).rejects.toThrow(/expected a folder, .* got Object/);
  });
});

describe('a call', () => {
  test.each([
    [{ num_beam: 2 }, /translation: unknown option "num_beam"; did you mean "num_beams"\?/],
    [{ output_score: true }, /unknown option "output_score"; did you mean "output_scores"\?/],
    [{ truncation: 'yes' }, /translation: truncation: expected true or false, got "yes"/],
    [{ max_length: 9, max_new_tokens: 9 }, /generation: expected max_length or max_new_tokens, got both/],
    [{ min_length: 2, min_new_tokens: 2 }, /generation: expected min_length or min_new_tokens, got both/],
    [{ temperature: 0.5 }, /generation: temperature: needs do_sample: true, got 0.5 without it/],
    [{ seed: 1 }, /generation: seed: needs do_sample: true/],
    [{ early_stopping: true, num_beams: 1 }, /generation: early_stopping: needs num_beams above 1/],
    [{ output_attentions: true }, /generation: output_attentions: expected false/],
    [{ src_lang: 'ko_KR' }, /translation: src_lang: not used by a model whose texts name no language; remove it/],
    [{ tgt_lang: 'ko_KR' }, /translation: tgt_lang: not used by a model whose texts name no language; remove it/],
    [{ use_cache: false }, /generation: use_cache: expected true/],
    [7, /translation: expected options as an object, got 7/],
  ])('refuses %j, which would have no effect', async (options, message) => {
    await expect(translator(texts, options as object)).rejects.toThrow(message);
  });

  test('takes neutral values, and null for the default', async () => {
    const neutral = { temperature: 1, top_k: 50, top_p: 1, seed: null, use_cache: true, output_attentions: false };
    expect(await translator(texts, { ...neutral, early_stopping: null, max_length: null })).toEqual(
      await translator(texts),
    );
  });

  test('overrides the folder’s length with its own, however either counts', async () => {
    expect(model.generation_config.max_new_tokens).toBe(12);
    const longest = async (options: object) =>
      Math.max(
        ...(await translator(texts, { ...options, output_scores: true })).map((one) => one.token_ids?.length ?? 0),
      );
    expect(await longest({ max_length: 4, min_length: 4 })).toBe(3);
    expect(await longest({ max_new_tokens: 4, min_new_tokens: 4 })).toBe(4);
    const generated = await model.generate({
      inputs: [translator.tokenizers.source.encode(texts[0])],
      generation_config: { max_new_tokens: 9 },
      max_length: 4,
      min_length: 4,
    });
    expect((generated as ModelTensor).dims).toEqual([1, 4]);
  });

  test('of generate takes one name of its inputs, pads with its own token, and gives scores when asked', async () => {
    const inputs = texts.map((text) => translator.tokenizers.source.encode(text));
    await expect(model.generate({ inputs, input_ids: inputs })).rejects.toThrow(
      /expected inputs or input_ids, got both/,
    );
    await expect(model.generate({ inputs, output_scores: true })).rejects.toThrow(/output_scores: expected false/);
    const plain = ((await model.generate({ inputs })) as ModelTensor<BigInt64Array>).tolist() as bigint[][];
    const padded = (await model.generate({ inputs, pad_token_id: 0 })) as ModelTensor<BigInt64Array>;
    const { padTokenId } = model.loaded.tokens;
    expect(plain.flat().slice(1)).toContain(BigInt(padTokenId));
    expect(padded.tolist()).toEqual(
      plain.map(([start, ...rest]) => [start, ...rest.map((id) => (id === BigInt(padTokenId) ? 0n : id))]),
    );
  });

  test.each(['sentiment-analysis', 'ner'] as const)('of %s uses an alias of transformers.js', async (name) => {
    await expect(pipeline(name, join(folder, 'shared'))).rejects.toThrow(/expected/);
  });

  test('of pipeline and loadModel refuses unknown options', async () => {
    const at = join(folder, 'shared');
    await expect(pipeline('translation', at, { device: 'webgpu' } as object)).rejects.toThrow(
      /pipeline: unknown option "device"/,
    );
    await expect(loadModel(at, { backends: 1 } as object)).rejects.toThrow(
      /unknown option "backends"; did you mean "backend"\?/,
    );
  });
});

describe('generate', () => {
  const rows = () => texts.map((text) => translator.tokenizers.source.encode(text));
  /** As a tokenizer gives a batch: int64 [B, S], padded, with its mask. */
  const batch = () => {
    const [ids, S] = [rows(), Math.max(...rows().map(({ length }) => length))];
    const { padTokenId } = model.loaded.tokens;
    const cells = ids.flatMap((row) => Array.from({ length: S }, (_, s) => row[s] ?? padTokenId));
    const mask = ids.flatMap((row) => Array.from({ length: S }, (_, s) => (s < row.length ? 1n : 0n)));
    const dims = [ids.length, S];
    return {
      input_ids: { dims, data: BigInt64Array.from(cells, BigInt) },
      attention_mask: { dims, data: BigInt64Array.from(mask) },
    };
  };
  const decode = (sequences: ModelTensor) =>
    (sequences.tolist() as bigint[][]).map((row) =>
      translator.tokenizers.target.decode(row.map(Number), { skip_special_tokens: true }),
    );

  test('gives int64 [B, T] from the start token on, padded on the right, the pipeline’s own results', async () => {
    const sequences = (await model.generate({ inputs: rows() })) as ModelTensor<BigInt64Array>;
    expect(sequences).toMatchObject({ type: 'int64', dims: [3, expect.any(Number)] });
    const { padTokenId } = model.loaded.tokens;
    for (const [first, ...rest] of sequences.tolist() as bigint[][]) {
      expect(first).toBe(BigInt(padTokenId));
      expect(rest.indexOf(0n)).toBeGreaterThan(0);
      expect(rest.slice(rest.indexOf(0n) + 1).every((id) => id === BigInt(padTokenId))).toBe(true);
    }
    expect(decode(sequences)).toEqual((await translator(texts)).map(({ translation_text }) => translation_text));
  });

  test('takes padded tensors, with a mask or without', async () => {
    const plain = await model.generate({ inputs: rows() });
    const { input_ids, attention_mask } = batch();
    expect(await model.generate({ inputs: input_ids, attention_mask })).toEqual(plain);
    expect(await model.generate({ input_ids })).toEqual(plain);
  });

  test('prefers direct fields to generation_config, and that to the folder’s', async () => {
    expect(model.generation_config).toMatchObject({ num_beams: 3, max_new_tokens: 12 });
    const length = async (options: object) =>
      ((await model.generate({ inputs: rows(), ...options })) as ModelTensor).dims[1] - 1;
    expect(await length({ generation_config: { max_new_tokens: 5, min_new_tokens: 5 } })).toBe(5);
    expect(await length({ generation_config: { max_new_tokens: 5 }, max_new_tokens: 3, min_new_tokens: 3 })).toBe(3);
  });

  test('gives scores with return_dict_in_generate', async () => {
    const { sequences, sequences_scores } = await model.generate({ inputs: rows(), return_dict_in_generate: true });
    expect(sequences.dims[0]).toBe(3);
    expect(sequences_scores).toMatchObject({ type: 'float32', dims: [3] });
    const scored = await translator(texts, { output_scores: true });
    expect([...sequences_scores.data]).toEqual(scored.map(({ score }) => Math.fround(score ?? 0)));
  });

  test('refuses a token outside the vocabulary and no tokens at all', async () => {
    await expect(model.generate({ inputs: [[1, 999]] })).rejects.toThrow(/got 999/);
    await expect(model.generate({})).rejects.toThrow(/expected inputs/);
  });
});
