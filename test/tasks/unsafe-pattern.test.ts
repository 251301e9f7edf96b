import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { diskFolder } from '../../src/io/disk-folder.ts';
import { pipeline } from '../../src/tasks/index.ts';
import { modelInfo } from '../../src/tasks/verbs/info.ts';
import { build, heddle } from '../cli/heddle.ts';
import { temporaryFolder, writeSmallModel } from './model-folder.ts';

describe('a model whose tokenizer.json has a regular expression that may never end', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await writeSmallModel(await temporaryFolder());
    const file = join(folder, 'tokenizer.json');
    const json = JSON.parse(await readFile(file, 'utf8'));
    const split = { type: 'Split', pattern: { Regex: '(?:[a-z]|[a-z][a-z])+!' }, behavior: 'Isolated', invert: false };
    json.pre_tokenizer = { type: 'Sequence', pretokenizers: [split, json.pre_tokenizer] };
    await writeFile(file, JSON.stringify(json));
    await build();
  }, 120_000);

  it('is refused, with the file, the pattern and why', async () => {
    await expect(pipeline('translation', folder)).rejects.toThrow(
      `${folder}/tokenizer.json: pre_tokenizer.pretokenizers.0.pattern: expected a regular expression that runs in linear ` +
        'time, got "(?:[a-z]|[a-z][a-z])+!": expected no group with an unbounded quantifier',
    );
    await expect(modelInfo(diskFolder(folder))).rejects.toThrow('linear time');
  });

  it('runs where it is allowed', async () => {
    const translator = await pipeline('translation', folder, { allow_unsafe_patterns: true });
    expect(await translator('a man sleeps')).toHaveLength(1);
    await translator.dispose();
    // @ts-expect-error a flag is true or false
    await expect(pipeline('translation', folder, { allow_unsafe_patterns: 'yes' })).rejects.toThrow('true or false');
  });

  it('is refused by the command line with status 2, and allowed with --allow-unsafe-patterns', async () => {
    const input = 'a man sleeps\n';
    expect(await heddle(['predict', folder], { input })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('allow_unsafe_patterns'),
    });
    expect(await heddle(['predict', folder, '--allow-unsafe-patterns'], { input })).toMatchObject({ status: 0 });
    expect(await heddle(['info', folder, '--allow-unsafe-patterns'])).toMatchObject({ status: 0 });
  }, 60_000);
});
