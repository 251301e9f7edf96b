import { input, type Tensor } from '../graph/index.ts';
import type { Trace } from '../nn/index.ts';
import { linear } from '../ops/index.ts';
import type { SequenceToSequenceModel } from './sequence-to-sequence.ts';

/**
 * Traces a whole forward pass over symbolic sizes: one graph for every batch shape.
 *
 * Inputs: `input_ids`, `attention_mask` int32 [batch, source], `decoder_input_ids` int32 [batch, target], and
 * `decoder_attention_mask` when wanted → logits [batch, target, V]. Attentions and hidden states are tapped.
 */
export function traceSequenceToSequence(
  trace: Trace,
  model: SequenceToSequenceModel,
  { hasDecoderMask = false }: { readonly hasDecoderMask?: boolean },
): Tensor {
  const hidden = model.hidden(trace.root, {
    input_ids: input('input_ids', ['batch', 'source'], 'int32'),
    attention_mask: input('attention_mask', ['batch', 'source'], 'int32'),
    decoder_input_ids: input('decoder_input_ids', ['batch', 'target'], 'int32'),
    ...(hasDecoderMask && { decoder_attention_mask: input('decoder_attention_mask', ['batch', 'target'], 'int32') }),
  });
  const { weight, bias } = model.head(trace.root);
  return linear(hidden, weight, bias);
}
