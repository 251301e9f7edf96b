/** The tasks from texts to texts start from folders of BART and mBART, with the tokenizers that these have. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { saveModelFiles } from '../../../src/models/folder/save.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { loadTokenizers } from '../../../src/tasks/folder/tokenizer-folder.ts';
import { textToTextPipelines } from '../../../src/tasks/text-to-text/pipeline.ts';
import { writeAttentionPage } from '../../../src/tasks/verbs/attention-file.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { joined } from '../../fuzz/model-seed.ts';
import { tinyParameters } from '../../models/tiny-marian.ts';
import { SmallRun } from '../small-run.ts';
import { taskSamples } from '../task-sample.ts';

type Fields = Readonly<Record<string, unknown>>;

const tiny = {
  ...{ d_model: 8, max_position_embeddings: 64, encoder_layers: 1, decoder_layers: 1, init_std: 0.2 },
  ...{ encoder_attention_heads: 2, decoder_attention_heads: 2, encoder_ffn_dim: 8, decoder_ffn_dim: 8 },
};
const golden = (path: string) => readFile(fileURLToPath(new URL(`../../golden/tokenizers/${path}`, import.meta.url)));

/** A model with random weights and a tokenizer of golden files: name in the folder → path of the golden. */
async function writeModel(run: SmallRun, fields: Fields, tokenizer: Readonly<Record<string, string>>): Promise<string> {
  const setup = checkConfig({ ...tiny, ...fields }, 'tiny');
  for (const [name, content] of saveModelFiles(setup, tinyParameters(setup))) {
    await run.write(`base/${name}`, joined(content));
  }
  for (const [name, path] of Object.entries(tokenizer)) await run.write(`base/${name}`, await golden(path));
  return run.at('base');
}

/** The id of a language in a golden tokenizer. */
async function languageId(folder: string, code: string): Promise<number> {
  const { added_tokens: tokens } = JSON.parse(String(await golden(`convert/${folder}/tokenizer.expected.json`)));
  return tokens.find(({ content }: { content: string }) => content === code).id;
}

const startedFrom = (base: string) => [
  ...[`model={ model_name_or_path: ${base} }`, 'tokenizer=null', 'train.max_steps=2', 'train.warmup_steps=0'],
  'train.max_length=64',
];

const bart = { model_type: 'bart', architectures: ['BartForConditionalGeneration'], vocab_size: 461 };
const bartTokenizer = {
  'tokenizer.json': 'roberta/tokenizer.json',
  'tokenizer_config.json': 'roberta/tokenizer_config.json',
};
const mbart = (vocab_size: number) => ({
  ...{ model_type: 'mbart', architectures: ['MBartForConditionalGeneration'], vocab_size },
});
const mbartTokenizer = {
  'tokenizer.json': 'convert/mbart/tokenizer.expected.json',
  'tokenizer_config.json': 'convert/mbart/tokenizer_config.json',
};
const mbart50Tokenizer = {
  'sentencepiece.bpe.model': 'convert/mbart50/sentencepiece.bpe.model',
  'tokenizer_config.json': 'convert/mbart50/tokenizer_config.json',
};

const tasks = ['translation', 'summarization', 'text2text-generation'] as const;
const samples = tasks.flatMap((task) => {
  const sample = taskSamples.find((one) => one.task === task);
  return sample ? [{ task, sample }] : [];
});
const [translation] = samples;

async function written(run: SmallRun, task: (typeof tasks)[number], out: string, text: string): Promise<string[]> {
  const pipeline = await textToTextPipelines[task]({ folder: diskFolder(run.at(out)), backend: nodeBackend() });
  try {
    return (await pipeline.write([text], { max_new_tokens: 6 })).map((one) => one.text);
  } finally {
    await pipeline.dispose();
  }
}

describe.each(samples)('$task', ({ task, sample }) => {
  test('trains a BART from a folder with a byte-level tokenizer, scores it, and writes', async () => {
    const run = await SmallRun.make(sample);
    try {
      const base = await writeModel(run, bart, bartTokenizer);
      await run.train('out', startedFrom(base));
      const { log_history: log } = await run.json('out', 'trainer_state.json');
      expect(log.some(({ eval_loss }: Fields) => typeof eval_loss === 'number')).toBe(true);
      expect(await run.json('out', 'config.json')).toMatchObject({ ...bart, decoder_start_token_id: 2 });
      expect(await run.json('out', 'generation_config.json')).not.toHaveProperty('bad_words_ids');
      expect(await written(run, task, 'out', 'a man')).toEqual([expect.any(String)]);
    } finally {
      await run.remove();
    }
  });
});

describe('an mBART', () => {
  const start = async (fields: Fields, tokenizer: Readonly<Record<string, string>>) => {
    if (!translation) throw new Error('expected a sample of translation');
    const run = await SmallRun.make(translation.sample);
    return { run, base: await writeModel(run, fields, tokenizer) };
  };

  test('trains from a tokenizer.json: sources end with src_lang, targets with tgt_lang, which generation starts from', async () => {
    const { run, base } = await start(mbart(227), mbartTokenizer);
    try {
      const { source, target } = await loadTokenizers(diskFolder(base));
      const [korean, english] = [await languageId('mbart', 'ko_KR'), await languageId('mbart', 'en_XX')];
      expect(source.encode('').at(-1)).toBe(korean);
      expect(target.encode('')).toEqual([2, english]);
      await run.train('out', startedFrom(base));
      expect(await run.json('out', 'generation_config.json')).toMatchObject({ decoder_start_token_id: english });
      expect(await written(run, 'translation', 'out', 'a man')).toEqual([expect.any(String)]);
    } finally {
      await run.remove();
    }
  });

  test('whose texts begin with their language trains too: generation forces it after the end token', async () => {
    const { run, base } = await start(mbart(234), mbart50Tokenizer);
    try {
      const { target } = await loadTokenizers(diskFolder(base));
      const english = await languageId('mbart50', 'en_XX');
      expect(target.encode('')).toEqual([english, 2]);
      await run.train('out', startedFrom(base));
      const generation = { decoder_start_token_id: 2, forced_bos_token_id: english };
      expect(await run.json('out', 'generation_config.json')).toMatchObject(generation);
      expect(await written(run, 'translation', 'out', 'a man')).toEqual([expect.any(String)]);
    } finally {
      await run.remove();
    }
  });

  const shapes = [
    ['end', mbart(227), mbartTokenizer],
    ['begin', mbart(234), mbart50Tokenizer],
  ] as const;
  const asked = { src_lang: 'en_XX', tgt_lang: 'ko_KR' };
  const options = { max_new_tokens: 6, min_new_tokens: 6, output_scores: true };

  test.each(shapes)(
    'whose texts %s with their language reads and writes those of a call as if its folder named them',
    async (_, fields, tokenizer) => {
      const { run, base } = await start(fields, tokenizer);
      const results = async (languages: object) => {
        const pipeline = await textToTextPipelines.translation({ folder: diskFolder(base), backend: nodeBackend() });
        return pipeline.write(['a man'], { ...options, ...languages }).finally(() => pipeline.dispose());
      };
      const predicted = async (...settings: string[]) => {
        let text = '';
        await predictLines(base, {
          ...{ json: true, settings: [...settings, 'generation.max_new_tokens=6', 'generation.min_new_tokens=6'] },
          stdin: Readable.from([Buffer.from('a man\n')]),
          print: async (more) => void (text += more),
          note: () => undefined,
        });
        const { translation_text, ...rest } = JSON.parse(text);
        return [{ text: translation_text, ...rest }];
      };
      const inspected = async (...settings: string[]) => {
        await writeAttentionPage(base, run.at('page.html'), { texts: ['a man'], settings });
        return readFile(run.at('page.html'), 'utf8');
      };
      const loss = async (...settings: string[]) =>
        (await evaluateFiles(base, { data: [run.at('data/test.source'), run.at('data/test.target')], settings }))
          .metrics.eval_loss;
      try {
        const chosen = ['src_lang=en_XX', 'tgt_lang=ko_KR'];
        const found = [
          await results(asked),
          await predicted(...chosen),
          await loss(...chosen),
          await inspected(...chosen),
        ];
        expect(found[0]).not.toEqual(await results({}));
        expect(found[0]).not.toEqual(await results({ src_lang: 'en_XX' }));
        expect(found[0]).not.toEqual(await results({ tgt_lang: 'ko_KR' }));
        expect(found[3]).toContain('en_XX');
        expect(found[3]).not.toBe(await inspected('src_lang=en_XX'));
        await expect(inspected('tgt_lang=ko')).rejects.toThrow(/^inspect --set tgt_lang: expected one of ar_AR, /);
        await expect(inspected('generation.num_beams=1')).rejects.toThrow(
          'inspect --set generation.num_beams=1: expected src_lang or tgt_lang',
        );
        await run.write(
          'base/tokenizer_config.json',
          JSON.stringify({ ...(await run.json('base', 'tokenizer_config.json')), ...asked }),
        );
        expect(found).toEqual([await results({}), await predicted(), await loss(), await inspected()]);
      } finally {
        await run.remove();
      }
    },
  );

  test('trains in the languages of a recipe, which the finished model keeps', async () => {
    const { run, base } = await start(mbart(227), mbartTokenizer);
    try {
      await run.train('out', [...startedFrom(base), 'tokenizer={ src_lang: en_XX, tgt_lang: ko_KR }']);
      const korean = await languageId('mbart', 'ko_KR');
      expect(await run.json('out', 'generation_config.json')).toMatchObject({ decoder_start_token_id: korean });
      expect(await run.json('out', 'tokenizer_config.json')).toEqual({
        ...(await run.json('base', 'tokenizer_config.json')),
        ...asked,
      });
      expect((await run.json('out', 'heddle.json')).recipe.tokenizer).toEqual(asked);
      const { source, target } = await loadTokenizers(diskFolder(run.at('out')));
      expect([source.encode(''), target.encode('')]).toEqual([
        [2, await languageId('mbart', 'en_XX')],
        [2, korean],
      ]);
      await expect(run.train('wrong', [...startedFrom(base), 'tokenizer.tgt_lang=ko'])).rejects.toThrow(
        /^recipe: tokenizer.tgt_lang: expected one of ar_AR, .*, got "ko"; did you mean "ko_KR"\?$/,
      );
    } finally {
      await run.remove();
    }
  });

  test('refuses a language that it does not have, and two ways to say one', async () => {
    const { run, base } = await start(mbart(227), mbartTokenizer);
    const pipeline = await textToTextPipelines.translation({ folder: diskFolder(base), backend: nodeBackend() });
    try {
      const call = (given: object) => expect(pipeline.write(['a man'], given)).rejects;
      await call({ src_lang: 'en_US' }).toThrow(
        /^translation: src_lang: expected one of .*"en_US"; did you mean "en_XX"\?$/,
      );
      await call({ tgt_lang: 7 }).toThrow(/^translation: tgt_lang: expected one of .*, got 7$/);
      await call({ tgt_lang: 'ko_KR', forced_bos_token_id: 5 }).toThrow(
        'translation: expected tgt_lang or forced_bos_token_id, which says how a text begins too, got both',
      );
    } finally {
      await pipeline.dispose();
      await run.remove();
    }
  });

  test('without tgt_lang is neither trained nor asked to write', async () => {
    const { run, base } = await start(mbart(227), mbartTokenizer);
    try {
      await run.write('base/tokenizer_config.json', '{ "tokenizer_class": "MBartTokenizer", "src_lang": "ko_KR" }');
      await expect(run.train('out', startedFrom(base))).rejects.toThrow(
        'model: the language of the targets is missing: expected src_lang and tgt_lang in the tokenizer_config.json',
      );
      await expect(written(run, 'translation', 'base', 'a man')).rejects.toThrow(
        'the language of the target is missing: expected its token as decoder_start_token_id',
      );
    } finally {
      await run.remove();
    }
  });

  test('with a language that its class does not have is refused', async () => {
    const { run, base } = await start(mbart(227), mbartTokenizer);
    try {
      await run.write('base/tokenizer_config.json', '{ "tokenizer_class": "MBartTokenizer", "tgt_lang": "af_ZA" }');
      await expect(loadTokenizers(diskFolder(base))).rejects.toThrow(/tgt_lang: expected one of ar_AR, .*got "af_ZA"/);
    } finally {
      await run.remove();
    }
  });
});

test('a BART is trained from nothing', async () => {
  if (!translation) throw new Error('expected a sample of translation');
  const run = await SmallRun.make(translation.sample);
  try {
    const model = Object.entries({ model_type: 'bart', ...tiny }).map(([name, value]) => `${name}: ${value}`);
    await run.train('out', [`model={ ${model.join(', ')} }`, 'train.max_steps=2', 'train.max_length=64']);
    expect(await run.json('out', 'config.json')).toMatchObject({
      architectures: ['BartForConditionalGeneration'],
      is_encoder_decoder: true,
    });
    expect(await written(run, 'translation', 'out', 'a man')).toEqual([expect.any(String)]);
  } finally {
    await run.remove();
  }
});

test('an mBART is not trained from nothing: its tokenizer would know no languages', async () => {
  if (!translation) throw new Error('expected a sample of translation');
  const run = await SmallRun.make(translation.sample);
  try {
    const model = Object.entries({ model_type: 'mbart', ...tiny }).map(([name, value]) => `${name}: ${value}`);
    await expect(run.train('out', [`model={ ${model.join(', ')} }`, 'train.max_length=64'])).rejects.toThrow(
      'model: the language of the targets is missing',
    );
  } finally {
    await run.remove();
  }
});
