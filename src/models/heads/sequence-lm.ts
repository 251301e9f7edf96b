import type { Body } from '../body/body.ts';
import type { SequenceToSequenceModel } from '../body/decoder.ts';
import { someLabel } from '../inputs/checked-inputs.ts';
import { tokenLabels } from '../inputs/text-input.ts';
import { bodyPart } from './base.ts';
import { decoderOf } from './causal-lm.ts';
import { targetSize, type VocabularyFields } from './fields/sequence-fields.ts';
import type { HeadRow } from './head-row.ts';
import { type OutputLayer, tokenLogits, tokenTerm } from './terms/token-term.ts';

/** What a model that writes has besides its body and output layer. */
export type Writing<C> = (config: C) => Pick<SequenceToSequenceModel, 'startFault'>;

/** An encoder–decoder that predicts every token of the target. */
export const sequenceHead = <C extends VocabularyFields>(
  architecture: string,
  outputOf: (config: C, body: Body) => OutputLayer,
  writing?: Writing<C>,
): HeadRow<C, 'sequence-to-sequence'> => ({
  architecture,
  role: 'sequence-to-sequence',
  model(body, config) {
    const output = outputOf(config, body);
    const { rows = (_, hidden) => hidden } = output;
    const vocabulary = { source: config.vocab_size, target: targetSize(config) };
    const { slots, start, step, canSample } = decoderOf(body);
    const part = bodyPart(body);
    return {
      ...part,
      hidden: (root, given) => rows(root, part.hidden(root, given)),
      vocabulary,
      maxPositions: body.maxPositions,
      ...(canSample !== undefined && { canSample }),
      labelInputs: [tokenLabels(vocabulary.target, 'target', someLabel('labels'))],
      outputs: (root, pass) => ({ logits: tokenLogits(root, output, pass.body.last_hidden_state) }),
      terms: [tokenTerm(output)],
      head: output.head,
      ...writing?.(config),
      slots,
      start,
      step(root, state, input) {
        const next = step(root, state, input);
        return { ...next, hidden: rows(root, next.hidden) };
      },
    };
  },
});
