/** A small Korean T5 with random weights and a `tokenizer.json` of byte-level BPE, as Hugging Face's folders are. */
import { join } from 'node:path';
import { writeWhole } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { trainTokenizer } from '../../src/text/train/vocabulary.ts';
import { uniformFrom } from '../../src/train/random/random-bytes.ts';

const lines = ['오늘 미세먼지 농도는 어떤지 말해', '내일 날씨 어때', '서울 날씨 알려 줘', '부산 미세먼지 알려 줘'];

/** `<pad>` is 0 and `</s>` 1, and `<extra_id_0>` is the last, as in T5. */
function tokenizer() {
  const { json } = trainTokenizer([...lines, ...lines], { kind: 'bpe', vocab_size: 300, byte_level: true });
  const { model, ...parts } = json as { readonly model: { readonly vocab: Record<string, number> } };
  const special = ['<pad>', '</s>', '<unk>'];
  const extra = ['<extra_id_1>', '<extra_id_0>'];
  const plain = Object.keys(model.vocab).filter((token) => !special.includes(token));
  const tokens = [...special, ...plain, ...extra];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const added = (content: string) => ({
    ...{ id: vocab[content], content, special: true },
    ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
  });
  const end = { SpecialToken: { id: '</s>', type_id: 0 } };
  const text = (id: string) => ({ Sequence: { id, type_id: 0 } });
  return {
    ...parts,
    model: { ...model, vocab },
    added_tokens: [...special, ...extra].map(added),
    post_processor: {
      type: 'TemplateProcessing',
      single: [text('A'), end],
      pair: [text('A'), end, text('B'), end],
      special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
    },
  };
}

/** Writes the folder and gives its path. The table has more rows than the tokenizer has tokens, 302, as in T5's folders. */
export async function writeTinyT5(path: string, config: object = {}): Promise<string> {
  const setup = checkConfig(
    {
      ...{ model_type: 't5', architectures: ['T5ForConditionalGeneration'], vocab_size: 336 },
      ...{ d_model: 16, d_kv: 6, d_ff: 24, num_layers: 1, num_heads: 2, feed_forward_proj: 'gated-gelu' },
      ...{ pad_token_id: 0, eos_token_id: 1, decoder_start_token_id: 0, n_positions: 512 },
      ...config,
    },
    'tiny T5',
  );
  const parameters = new Map(
    [...modelParameters(setup)].map(([name, { shape, initializer }]) => [
      name,
      initializer(shape, uniformFrom(0, name)),
    ]),
  );
  const kept = { eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>', extra_ids: 2 };
  const files = new Map([
    ...saveModelFiles(setup, parameters),
    ['tokenizer.json', JSON.stringify(tokenizer())] as const,
    ['tokenizer_config.json', JSON.stringify({ tokenizer_class: 'T5TokenizerFast', ...kept })] as const,
  ]);
  for (const [name, content] of files) await writeWhole(join(path, name), content);
  return path;
}
