/** Every causal family of the table under the search: what steps give is what the whole model gives at once. */
import { afterEach, expect, test } from 'vitest';
import { createCausalGenerator, type GenerationConfig, type Generator } from '../../src/decode/index.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { cells, positionSchemes } from '../../src/nn/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { seeded } from './seeded.ts';

let generator: Generator | undefined;
afterEach(() => generator?.dispose());

const V = 9;
const transformer = {
  model_type: 'transformer_lm',
  vocab_size: V,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 10,
  pad_token_id: V - 1,
  max_position_embeddings: 16,
};
const recurrent = {
  model_type: 'recurrent_lm',
  vocab_size: V,
  embedding_size: 6,
  hidden_size: 5,
  num_hidden_layers: 2,
  pad_token_id: V - 1,
};
const families = [
  ...Object.keys(positionSchemes).map((position_embedding_type) => ({ ...transformer, position_embedding_type })),
  ...Object.keys(cells).map((cell) => ({ ...recurrent, cell })),
];

function make(fields: Readonly<Record<string, unknown>>): Generator {
  const setup = checkConfig(fields, 'test');
  if (setup.role !== 'causal') throw new Error(`${fields.model_type} is no language model`);
  const random = seeded(3);
  const weights = [...modelParameters(setup)].map(([name, { shape }]): [string, Float32Array] => [
    name,
    Float32Array.from({ length: shape.reduce((n, size) => n * size, 1) }, () => 1.6 * random() - 0.8),
  ]);
  return createCausalGenerator(
    setup.model as Parameters<typeof createCausalGenerator>[0],
    new Map(weights),
    nodeBackend(),
  );
}

const prompts = [
  [1, 2, 3, 4, 5, 6],
  [7, 7, 1],
  [2, 0, 3, 3],
  [5, 1, 0, 2, 2],
];
const base: GenerationConfig = { eos_token_id: 0, max_new_tokens: 6, length_penalty: 0 };

test.each(families)(
  '%o: what is searched, drawn or read at once is as likely as the whole model says',
  async (fields) => {
    generator = make(fields);
    for (const config of [
      base,
      { ...base, num_beams: 3, num_return_sequences: 3 },
      { ...base, do_sample: true, num_return_sequences: 3 },
    ]) {
      const found = await generator.generate(prompts, config);
      const count = config.num_return_sequences ?? 1;
      for (let rank = 0; rank < count; rank++) {
        const targets = found.map(({ sequences }, i) => sequences[rank].slice(prompts[i].length));
        const forced = await generator.score(prompts, targets, config);
        found.forEach(({ scores }, i) => {
          expect(Math.abs(forced[i].score - scores[rank]), `${JSON.stringify(config)} ${i}`).toBeLessThan(5e-5);
        });
      }
    }
    expect(families.length).toBeGreaterThan(8);
  },
);

test('a text that fills all positions of the model ends, while others in the same batch go on', async () => {
  generator = make({ ...transformer, position_embedding_type: 'learned' });
  const full = Array.from({ length: transformer.max_position_embeddings }, (_, at) => at % V);
  const texts = [full, full.slice(1), ...Array.from({ length: 20 }, (_, at) => [at % V])];
  const found = await generator.generate(texts, { ...base, min_new_tokens: 1 });
  expect(found[0].sequences[0]).toHaveLength(full.length + 1);
  for (const [at, text] of texts.entries()) {
    const [alone] = await generator.generate([text], { ...base, min_new_tokens: 1 });
    expect(found[at].sequences).toEqual(alone.sequences);
  }
});
