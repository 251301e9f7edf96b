/** Text that needs no data, and a folder with a model of random weights, to measure speed with. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomStream } from '../dist/data/batch/shuffle.js';
import { checkConfig } from '../dist/models/families/check-config.js';
import { modelParameters } from '../dist/models/families/setup.js';
import { saveModelFiles } from '../dist/models/folder/save.js';
import { tokenizerFiles } from '../dist/tasks/folder/tokenizer-file.js';
import { trainTokenizers } from '../dist/text/train/vocabulary.js';
import { uniformFrom } from '../dist/train/random/random-bytes.js';

const syllables = 'ka to mi re su no la vi po de gu hen war tik'.split(' ');

/** Sentences of 4 to 20 made-up words of 1 to 4 syllables; short words are frequent. */
export function sentences(count, seed = 0) {
  const random = randomStream(seed);
  const some = (length, make) => Array.from({ length }, make);
  const word = () => some(1 + random.below(4), () => syllables[random.below(syllables.length)]).join('');
  return some(count, () => some(4 + random.below(17), word).join(' '));
}

/** Tokens of a sentence of SST-2 for MiniLM, with the two special ones: the quantiles from 0 to 1 in steps of 0.05. */
const reviewTokens = [3, 8, 10, 12, 13, 15, 17, 18, 19, 21, 22, 24, 25, 27, 29, 31, 33, 35, 38, 43, 67];

/** Lines of a text, a tab and 0 or 1, with the lengths of SST-2. `words`: each is one token. */
export function labelledLines(count, words, seed = 0) {
  const random = randomStream(seed);
  const steps = 2 ** 16;
  const length = () => {
    const at = (random.below(steps) / steps) * (reviewTokens.length - 1);
    const [from, to] = [reviewTokens[Math.floor(at)], reviewTokens[Math.floor(at) + 1]];
    return Math.round(from + (at % 1) * (to - from)) - 2;
  };
  const sentence = () => Array.from({ length: length() }, () => words[random.below(words.length)]).join(' ');
  return Array.from({ length: count }, () => `${sentence()}\t${random.below(2)}\n`);
}

const [width, vocabulary] = [576, 32_000];

const ofBothSides = (name, value) => ({ [`encoder_${name}`]: value, [`decoder_${name}`]: value });
const labels = { vocab_size: vocabulary, pad_token_id: 1, id2label: { 0: 'no', 1: 'yes' } };
const strictly = { isStrict: true };
const classifierOf = (config) =>
  checkConfig({ ...labels, hidden_size: width, ...config }, 'bench', { ...strictly, role: 'sequence-classification' });

/** Models of random weights: what a layer has in parameters, and the model of so many layers. */
const randomModels = {
  translator: {
    layer: 28 * width * width,
    make: (layers) =>
      checkConfig(
        {
          ...{ model_type: 'marian', d_model: width, vocab_size: vocabulary },
          ...{ pad_token_id: 1, eos_token_id: 0, decoder_start_token_id: 1 },
          ...{ ...ofBothSides('layers', layers), ...ofBothSides('attention_heads', 9) },
          ...ofBothSides('ffn_dim', 4 * width),
        },
        'bench',
        strictly,
      ),
  },
  classifier: {
    layer: 12 * width * width,
    make: (layers) =>
      classifierOf({
        model_type: 'transformer_encoder',
        num_hidden_layers: layers,
        num_attention_heads: 9,
        intermediate_size: 4 * width,
      }),
  },
  'recurrent-classifier': {
    layer: 2 * 4 * 3 * width * width,
    make: (layers) =>
      classifierOf({
        model_type: 'recurrent_encoder',
        cell: 'lstm',
        embedding_size: width,
        num_hidden_layers: layers,
      }),
  },
};

/** The kinds of {@link writeRandomWeights}. */
export const randomModelKinds = Object.keys(randomModels);

/**
 * Writes the folder of a model of a kind and about so many megabytes: 576 wide, 32,000 tokens, as many layers as that
 * takes; random weights, no tokenizer.
 */
export async function writeRandomWeights(folder, kind, megabytes) {
  const { layer, make } = randomModels[kind];
  const setup = make(Math.max(1, Math.round((megabytes * 250_000 - vocabulary * width) / layer)));
  const random = (count, seed) => {
    const values = new Float32Array(count);
    for (let i = 0, state = seed; i < count; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      values[i] = state * 1e-11;
    }
    return values;
  };
  const weights = [...modelParameters(setup)].map(([name, { shape }], at) => [
    name,
    random(
      shape.reduce((n, size) => n * size, 1),
      at,
    ),
  ]);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of saveModelFiles(setup, new Map(weights), {}))
    await writeFile(join(folder, name), content);
}

/** Sizes of random translators: the tiny Transformer's, and the base model of Vaswani et al. 2017. */
const translatorSizes = {
  tiny: { d_model: 128, layers: 4, attention_heads: 4, ffn_dim: 256, init_std: 0.2 },
  base: { d_model: 512, layers: 6, attention_heads: 8, ffn_dim: 2048, init_std: 0.05 },
};

/** Writes a Marian folder of a size with random weights, and `lines.txt`. */
export async function writeRandomModel(folder, lineCount, size = 'tiny') {
  const { d_model, init_std, ...perSide } = translatorSizes[size];
  const lines = sentences(lineCount);
  const trained = trainTokenizers(
    { source: sentences(5000, 1), target: [] },
    { kind: 'bpe', vocab_size: 8000, byte_level: true },
  );
  const { vocabSize } = trained.target;
  const sides = (name, value) => ({ [`encoder_${name}`]: value, [`decoder_${name}`]: value });
  const setup = checkConfig(
    {
      model_type: 'marian',
      vocab_size: vocabSize,
      d_model,
      ...Object.assign({}, ...Object.entries(perSide).map(([name, value]) => sides(name, value))),
      pad_token_id: vocabSize - 1,
      eos_token_id: 0,
      decoder_start_token_id: vocabSize - 1,
      forced_eos_token_id: 0,
      init_std,
    },
    'bench',
    { isStrict: true },
  );
  const weights = new Map(
    [...modelParameters(setup)].map(([name, { shape, initializer }]) => [
      name,
      initializer(shape, uniformFrom(0, name)),
    ]),
  );
  const generation = { num_beams: 5, length_penalty: 1, max_new_tokens: 20 };
  await mkdir(folder, { recursive: true });
  const files = { ...Object.fromEntries(saveModelFiles(setup, weights, generation)), ...tokenizerFiles(trained) };
  for (const [name, content] of Object.entries({ ...files, 'lines.txt': `${lines.join('\n')}\n` })) {
    await writeFile(join(folder, name), Array.isArray(content) ? Buffer.concat(content) : content);
  }
}
