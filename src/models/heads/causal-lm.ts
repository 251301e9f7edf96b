import type { Body } from '../body/body.ts';
import { someLabel } from '../inputs/checked-inputs.ts';
import { tokenLabels } from '../inputs/text-input.ts';
import { bodyPart } from './base.ts';
import type { HeadRow } from './head-row.ts';
import { type OutputLayer, tokenLogits, tokenTerm } from './terms/token-term.ts';

/** A decoder's body; a head that writes cannot stand on another. */
export function decoderOf({ decoder }: Body) {
  if (!decoder) throw new Error('head: expected a body with a decoder');
  return decoder;
}

/** A language model: a decoder that predicts the next token after every token. */
export const causalHead = <C extends { readonly vocab_size: number }>(
  architecture: string,
  outputOf: (config: C, body: Body) => OutputLayer,
): HeadRow<C, 'causal'> => ({
  architecture,
  role: 'causal',
  model(body, config) {
    const output = outputOf(config, body);
    const { slots, start, step } = decoderOf(body);
    return {
      ...bodyPart(body),
      vocabulary: config.vocab_size,
      maxPositions: body.maxPositions,
      labelInputs: [tokenLabels(config.vocab_size, 'time', someLabel('labels', 1))],
      outputs: (root, pass) => ({ logits: tokenLogits(root, output, pass.body.last_hidden_state) }),
      terms: [tokenTerm(output, 1)],
      head: output.head,
      slots,
      start: (root, tokens) => start(root, { input_ids: tokens }),
      step,
    };
  },
});
