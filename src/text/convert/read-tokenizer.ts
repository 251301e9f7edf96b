import * as z from 'zod';
import { check } from '../../io/check.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import type { TextLanguages } from '../encode/language.ts';
import type { TokenizerConfig, TokenizerJson } from '../tokenizer-json.ts';
import type { ConvertedTokenizer } from './assemble.ts';
import type { SlowFiles } from './slow-file.ts';
import { type SideLanguages, sideLanguages } from './template-language.ts';
import { classFiles, TOKENIZER_CLASSES, tokenizerClass } from './tokenizer-class.ts';

/** What `loadTokenizer` takes, from the files of a folder. */
export interface TokenizerSource {
  readonly json: TokenizerJson;
  readonly config: TokenizerConfig;
  /** The file that errors name. */
  readonly name: string;
  /** The languages of its texts, where they name one. */
  readonly languages?: TextLanguages | undefined;
}

/** The tokenizers of a folder. `target` is that of outputs, where it differs from that of inputs. */
export interface TokenizerSources {
  readonly source: TokenizerSource;
  readonly target?: TokenizerSource;
}

const tokenizerFile = 'tokenizer.json';
const configFile = 'tokenizer_config.json';
const targetFile = 'target_tokenizer.json';

/** The names of all files that tokenizers have. */
export const tokenizerFiles: readonly string[] = [
  tokenizerFile,
  configFile,
  targetFile,
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'target_vocab.json',
  ...classFiles,
];

/** The tokenizer's files that a folder has: those to copy with a model, as they are. */
export const tokenizerFilesIn = (folder: Folder): Promise<string[]> => presentOf(folder, tokenizerFiles);

const mapping = z.record(z.string(), z.unknown());
const vocabulary = z.record(z.string(), z.int().min(0));
const modelConfig = z.looseObject({ model_type: z.string().optional(), tokenizer_class: z.string().nullish() });
const tokenizerConfig = z.looseObject({ tokenizer_class: z.string().nullish() });

async function readMapping(folder: Folder, file: string): Promise<Record<string, unknown>> {
  const where = fileIn(folder, file);
  return check(mapping, parseJson(await readText(folder, file), where), where);
}

/** One tokenizer in the languages of both sides. */
const inLanguages = (made: TokenizerSource, { source, target }: SideLanguages): TokenizerSources => ({
  source: { ...made, languages: source },
  ...(target && { target: { ...made, languages: target } }),
});

const readMappingIfAny = async (folder: Folder, file: string): Promise<Record<string, unknown> | undefined> =>
  (await folder.has(file)) ? readMapping(folder, file) : undefined;

/** Whether a folder has a tokenizer, or files that one can be made from. */
export async function hasTokenizer(folder: Folder): Promise<boolean> {
  if (await folder.has(tokenizerFile)) return true;
  const present = await presentOf(folder, classFiles);
  return Object.values(TOKENIZER_CLASSES).some(({ files }) => files.every((file) => present.includes(file)));
}

async function presentOf(folder: Folder, files: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const file of files) if (await folder.has(file)) found.push(file);
  return found;
}

/**
 * Reads the tokenizers of a folder: `tokenizer.json` (and `target_tokenizer.json`) as it is, with
 * `tokenizer_config.json`, in mBART's classes in its languages; without it, one is made from the files that the tokenizer's class has, as Transformers' fast
 * classes do.
 *
 * @throws {InputError} when a file is missing, torn, or contradicts another, or when nothing says which class it is.
 */
export async function readTokenizer(folder: Folder): Promise<TokenizerSources> {
  if (await folder.has(tokenizerFile)) {
    const config = await readMapping(folder, configFile);
    const read = async (file: string): Promise<TokenizerSource> => ({
      json: await readMapping(folder, file),
      config,
      name: fileIn(folder, file),
    });
    const source = await read(tokenizerFile);
    const languages = sideLanguages(config, fileIn(folder, configFile));
    if (languages) return inLanguages(source, languages);
    return (await folder.has(targetFile)) ? { source, target: await read(targetFile) } : { source };
  }
  const where = fileIn(folder, configFile);
  const config = (await readMappingIfAny(folder, configFile)) ?? {};
  const model = check(
    modelConfig,
    (await readMappingIfAny(folder, 'config.json')) ?? {},
    fileIn(folder, 'config.json'),
  );
  const row = tokenizerClass({
    tokenizer_class: check(tokenizerConfig, config, where).tokenizer_class ?? model.tokenizer_class ?? undefined,
    model_type: model.model_type,
    present: await presentOf(folder, classFiles),
    folder: folder.name,
  });
  const files: SlowFiles = {
    config: { model_input_names: row.model_input_names, ...config },
    specialTokensMap: await readMappingIfAny(folder, 'special_tokens_map.json'),
    addedTokens: await readMappingIfAny(folder, 'added_tokens.json'),
    path: (file) => fileIn(folder, file),
    text: (file) => readText(folder, file),
    bytes: (file) => folder.read(file),
    async ids(file) {
      const path = fileIn(folder, file);
      return new Map(Object.entries(check(vocabulary, parseJson(await readText(folder, file), path), path)));
    },
  };
  const { source, target, languages } = await row.convert(files);
  const named = (made: ConvertedTokenizer): TokenizerSource => ({ ...made, name: fileIn(folder, row.files[0]) });
  if (languages) return inLanguages(named(source), languages);
  return target ? { source: named(source), target: named(target) } : { source: named(source) };
}
