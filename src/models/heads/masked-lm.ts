import { gather, mulDim, reshape } from '../../graph/index.ts';
import type { Body } from '../body/body.ts';
import { someLabel } from '../inputs/checked-inputs.ts';
import { tokenLabels } from '../inputs/text-input.ts';
import type { MaskedLanguageModel } from '../model.ts';
import { bodyPart } from './base.ts';
import type { HeadRow } from './head-row.ts';
import { type OutputLayer, tokenLogits, tokenTerm } from './terms/token-term.ts';

/** A body with an output layer over the vocabulary, whose loss is that of the tokens with a label. */
export const maskedLanguageModel = (body: Body, vocabulary: number, output: OutputLayer): MaskedLanguageModel => ({
  ...bodyPart(body),
  vocabulary,
  labelInputs: [tokenLabels(vocabulary, 'time', someLabel('labels'))],
  logits: (root, pass) => tokenLogits(root, output, pass.body.last_hidden_state),
  logitsAt(root, { body: { last_hidden_state: hidden } }, places) {
    const [batch, time] = hidden.shape;
    const flat = reshape(hidden, { shape: [mulDim(batch, time), body.width] });
    return tokenLogits(root, output, gather(flat, places));
  },
  outputs(root, pass) {
    return { logits: this.logits(root, pass) };
  },
  terms: [tokenTerm(output)],
  ...(output.unread && { unread: output.unread }),
});

/** A model that predicts hidden tokens from those on both sides. Source: Devlin et al. 2019, section 3.1. */
export const maskedLmHead = <C extends { readonly vocab_size: number }>(
  architecture: string,
  outputOf: (config: C, body: Body) => OutputLayer,
): HeadRow<C, 'masked-lm'> => ({
  architecture,
  role: 'masked-lm',
  model: (body, config) => maskedLanguageModel(body, config.vocab_size, outputOf(config, body)),
});
