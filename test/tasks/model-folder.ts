/** A small translator with random weights in a folder on disk. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { tokenizerFiles } from '../../src/tasks/folder/tokenizer-file.ts';
import { type TokenizerOptions, trainTokenizers } from '../../src/text/train/vocabulary.ts';
import { drawFloats } from '../ops/draw.ts';

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'heddle-'));

/** Lines that the tokenizers are trained on. */
export const source = ['the 3rd of May, 1998', '1998년 5월 3일', 'a man sleeps', '한 남자가 잔다'];
export const target = ['1998-05-03', '2000-12-31', '2024-07-16', '1969-08-24'];

/** A recipe's `tokenizer` of byte pairs. */
type BpeTokenizerOptions = Extract<TokenizerOptions, { kind: 'bpe' }>;

const tokenizerOptions: BpeTokenizerOptions = { kind: 'bpe', vocab_size: 80, shared: true };

export interface SmallModel {
  /** Fields of `config.json`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly generation?: Readonly<Record<string, unknown>>;
  readonly tokenizer?: Partial<BpeTokenizerOptions>;
}

/** How far the weights go on either side of 0. */
function widthOf(name: string): number {
  if (name.includes('encoder_attn')) return 4;
  return name.includes('decoder') && name.includes('fc') ? 3 : name.startsWith('model.shared') ? 0.5 : 1;
}

/** Files of the folder by name. The weights are wide enough that engines agree on the best
 * token, and those of the cross-attention so wide that the result depends on the text. */
export function smallModelFiles({ config = {}, generation = {}, tokenizer = {} }: SmallModel = {}) {
  const trained = trainTokenizers({ source, target }, { ...tokenizerOptions, ...tokenizer });
  const setup = checkConfig(
    {
      model_type: 'marian',
      vocab_size: trained.target.vocabSize,
      d_model: 16,
      encoder_layers: 1,
      decoder_layers: 2,
      encoder_attention_heads: 2,
      decoder_attention_heads: 2,
      encoder_ffn_dim: 24,
      decoder_ffn_dim: 24,
      max_position_embeddings: 40,
      share_encoder_decoder_embeddings: trained.source === trained.target,
      pad_token_id: trained.target.vocabSize - 1,
      decoder_start_token_id: trained.target.vocabSize - 1,
      eos_token_id: 0,
      tie_word_embeddings: false,
      ...config,
    },
    'small model',
  );
  const parameters = new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => [
      name,
      drawFloats(
        `small ${name}`,
        shape.reduce((n, size) => n * size, 1),
      ).map((x) => x * widthOf(name)),
    ]),
  );
  return new Map([
    ...saveModelFiles(setup, parameters, { max_new_tokens: 12, num_beams: 3, no_repeat_ngram_size: 2, ...generation }),
    ...Object.entries(tokenizerFiles(trained)),
  ]);
}

/** Writes the folder and gives its path. */
export async function writeSmallModel(path: string, model: SmallModel = {}): Promise<string> {
  for (const [name, content] of smallModelFiles(model)) await writeWhole(join(path, name), content);
  return path;
}
