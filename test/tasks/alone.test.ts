/** A text has the same answer alone as in a batch with longer ones: sums have one order, whatever the padding. */
import { expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { quantizedWeights } from '../../src/models/folder/quantization.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { openProgram } from '../../src/tasks/model/queued-program.ts';
import { classifierProgram } from '../../src/tasks/text-classification/classifier-program.ts';
import { draw, drawFloats } from '../ops/draw.ts';

const sizes = { vocab_size: 60, hidden_size: 64, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32 };
const own = {
  ...{ ...sizes, model_type: 'transformer_encoder', position_embedding_type: 'sinusoidal', pad_token_id: 0 },
  architectures: ['HeddleTransformerEncoderForSequenceClassification'],
};

/**
 * Classifiers whose last sum over the tokens of a text is one row for each text, and the seed of weights with which a last
 * bit of that sum rounds a number to another step.
 */
const classifiers: Readonly<Record<string, { readonly config: object; readonly seed: number }>> = {
  'that reads only the first token': {
    config: {
      ...{ ...sizes, model_type: 'bert', max_position_embeddings: 80 },
      architectures: ['BertForSequenceClassification'],
    },
    seed: 0,
  },
  'of the mean of all tokens': { config: { ...own, pooling: 'mean' }, seed: 9 },
  'of a mean weighted by attention': { config: { ...own, pooling: 'attention' }, seed: 1 },
};

/** Far below what one quantized number does that is rounded to the next step: about 1e-3. */
const tolerance = 1e-6;

const next = draw('alone');
const rows = Array.from({ length: 300 }, (_, example) => {
  const size = 7 + 4 * (example % 17);
  return { example, size, ids: Int32Array.from({ length: size }, () => 5 + Math.floor(next() * 50)) };
});

/** A model with int8 matrices, norms near 1 and everything else within ± 0.4. */
async function int8Model(config: object, seed: number) {
  const setup = checkConfig(config, 'config') as ModelSetup<'sequence-classification'>;
  const shapes = new Map([...modelParameters(setup)].map(([name, { shape }]) => [name, shape]));
  const numbers = async function* () {
    for (const [name, shape] of shapes) {
      const drawn = drawFloats(
        `${seed} ${name}`,
        shape.reduce((n, size) => n * size, 1),
      );
      yield [name, drawn.map((x) => (/norm.weight$/i.test(name) ? 1 + 0.1 * x : 0.4 * x))] as const;
    }
  };
  return { ...setup, parameters: await quantizedWeights(setup, shapes, numbers()) };
}

test.each(Object.entries(classifiers))('an int8 classifier %s gives a text the same logits', async (_, one) => {
  const program = await openProgram(classifierProgram, await int8Model(one.config, one.seed), nodeBackend());
  const together = await program.run(rows, {});
  let most = 0;
  for (const row of rows) {
    const [alone] = await program.run([row], {});
    together[row.example].forEach((x, i) => {
      most = Math.max(most, Math.abs(x - alone[i]));
    });
  }
  await program.dispose();
  expect(most).toBeLessThan(tolerance);
});
