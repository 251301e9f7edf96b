/** Vectors of texts by models with a decoder. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeWhole } from '../../../src/io/whole-file.ts';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { saveModelFiles } from '../../../src/models/folder/save.ts';
import { type FeatureExtractionPipeline, pipeline } from '../../../src/tasks/index.ts';
import { goldenFolder } from '../../models/golden.ts';
import { temporaryFolder } from '../model-folder.ts';
import { tinyWeights } from '../tiny-bert.ts';

/** A folder with random weights and the golden tokenizer of a family. */
async function folderOf(config: object, tokenizer: string): Promise<string> {
  const path = await temporaryFolder();
  const setup = checkConfig(config, 'tiny');
  for (const [name, content] of saveModelFiles(setup, tinyWeights(setup))) await writeWhole(join(path, name), content);
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    await writeWhole(join(path, name), await goldenFolder(`tokenizers/${tokenizer}`).read(name));
  }
  return path;
}

const gpt2 = {
  ...{ model_type: 'gpt2', architectures: ['GPT2Model'], vocab_size: 477, n_positions: 8 },
  ...{ n_embd: 16, n_layer: 1, n_head: 2, bos_token_id: 476, eos_token_id: 476 },
};

describe('GPT-2', () => {
  const of = async <T>(run: (extract: FeatureExtractionPipeline) => Promise<T>): Promise<T> => {
    const extract = await pipeline('feature-extraction', await folderOf(gpt2, 'gpt2'));
    return run(extract).finally(() => extract.dispose());
  };

  test.each(['mean', 'max', 'last_token', 'cls'] as const)('makes vectors that ignore padding, pooling %s', (pooling) =>
    of(async (extract) => {
      const together = await extract(['a', 'a man in the'], { pooling });
      const alone = await extract('a', { pooling });
      expect(together.tolist()[0]).toEqual((alone.tolist()[0] as number[]).map((x) => expect.closeTo(x, 5)));
    }),
  );

  test('reads the first tokens of a long text, and nothing of what is cut', () =>
    of(async (extract) => {
      const start = 'the man in the house of the man in the house ';
      const { data, truncated } = await extract([`${start}one`, `${start}of two`], { pooling: 'mean' });
      expect(truncated).toEqual([0, 1]);
      expect(data.slice(0, 16)).toEqual(data.slice(16));
    }));
});

test('a class whose decoder needs tokens besides the text is refused', async () => {
  const t5 = { model_type: 't5', architectures: ['T5Model'], vocab_size: 424, d_model: 16, d_kv: 8, d_ff: 16 };
  const folder = await folderOf({ ...t5, num_layers: 1, num_heads: 2 }, 't5');
  await expect(pipeline('feature-extraction', folder)).rejects.toThrow(
    ': expected a model that reads texts alone, got T5Model, whose decoder needs tokens too',
  );
});
