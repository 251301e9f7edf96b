/** What depends on distances alone is added to the scores of every layer, and made once a stack. */
import { describe, expect, test } from 'vitest';
import { gradient, topological } from '../../src/graph/index.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import { Trace } from '../../src/nn/index.ts';
import { tinyLm, tinySeq2Seq } from './tiny-transformer.ts';

/** The parameters whose gradient is summed by rows, in the loss of a model and its gradients, a name for each sum. */
function scattered({ model }: ReturnType<typeof tinyLm> | ReturnType<typeof tinySeq2Seq>): string[] {
  const { root, parameters } = new Trace({ isTraining: true, isTapped: false });
  const loss = traceLoss(root, model);
  const trained = [...parameters];
  return trained.flatMap(([name, { tensor }]) => {
    const [found] = gradient(loss, [tensor]);
    const nodes = topological(found ? [found] : []);
    const sums = nodes.filter(
      ({ op, outputs: [sum] }) => op.name === 'scatterAdd' && String(sum?.shape) === String(tensor.shape),
    );
    return name.includes('relative') ? sums.map(() => name) : [];
  });
}

describe.each([1, 3])('with %i layers', (num_hidden_layers) => {
  test("T5's table of distances gets its gradient by one sum over places for a decoder", () => {
    expect(scattered(tinyLm('t5', { num_hidden_layers }))).toEqual(['model.relative_attention_bias.weight']);
  });

  test('and by one for each stack of an encoder–decoder', () => {
    expect(scattered(tinySeq2Seq('t5', { num_hidden_layers }))).toEqual([
      'model.encoder.relative_attention_bias.weight',
      'model.decoder.relative_attention_bias.weight',
    ]);
  });
});
