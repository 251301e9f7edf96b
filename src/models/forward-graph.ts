import { input, type Tensor } from '../graph/index.ts';
import type { Trace } from '../nn/index.ts';
import { linear } from '../ops/index.ts';
import type { SequenceToSequenceModel } from './body/decoder.ts';
import type { CausalModel } from './causal.ts';
import type { EncoderInputs, EncoderModel } from './encoder.ts';
import type { Role, RoleModel, RoleModels } from './role.ts';

const idsAt = (name: string, ...shape: string[]): Tensor => input(name, shape, 'int32');

/**
 * Traces a whole forward pass over symbolic sizes: one graph for every batch shape.
 *
 * Inputs: `input_ids`, `attention_mask` int32 [batch, source], `decoder_input_ids` int32 [batch, target], and
 * optionally `decoder_attention_mask` → logits [batch, target, V]. Attentions and hidden states are tapped.
 */
export function traceSequenceToSequence(
  trace: Trace,
  model: SequenceToSequenceModel,
  { hasDecoderMask = false }: PassOptions,
): Tensor {
  const hidden = model.hidden(trace.root, {
    input_ids: idsAt('input_ids', 'batch', 'source'),
    attention_mask: idsAt('attention_mask', 'batch', 'source'),
    decoder_input_ids: idsAt('decoder_input_ids', 'batch', 'target'),
    ...(hasDecoderMask && { decoder_attention_mask: idsAt('decoder_attention_mask', 'batch', 'target') }),
  });
  const { weight, bias } = model.head(trace.root);
  return linear(hidden, weight, bias);
}

/**
 * The inputs of an encoder as inputs of a graph: `input_ids`, `attention_mask` int32 [batch, time], and, if it reads
 * characters, `character_ids` int32 [rows, characters], `character_ends` int32 [batch, time, 2]; see
 * {@link EncoderInputs}.
 */
export const encoderInputs = ({ characterVocabulary }: Pick<EncoderModel, 'characterVocabulary'>): EncoderInputs => ({
  input_ids: idsAt('input_ids', 'batch', 'time'),
  attention_mask: idsAt('attention_mask', 'batch', 'time'),
  ...(characterVocabulary !== undefined && {
    character_ids: idsAt('character_ids', 'rows', 'characters'),
    character_ends: input('character_ends', ['batch', 'time', 2], 'int32'),
  }),
});

/** An encoder's forward pass over {@link encoderInputs} → [batch, time, D]. */
const traceEncoder = (trace: Trace, model: EncoderModel): Tensor => model.hidden(trace.root, encoderInputs(model));

/** A language model's forward pass. Inputs: `input_ids` int32 [batch, time] → logits [batch, time, V]. */
function traceCausal(trace: Trace, model: CausalModel): Tensor {
  const hidden = model.hidden(trace.root, { input_ids: idsAt('input_ids', 'batch', 'time') });
  const { weight, bias } = model.head(trace.root);
  return linear(hidden, weight, bias);
}

/** What a pass may read besides. */
interface PassOptions {
  /** Whether an encoder–decoder reads `decoder_attention_mask`. */
  readonly hasDecoderMask?: boolean;
}

type Passes = { readonly [R in Role]: (trace: Trace, model: RoleModels[R], options: PassOptions) => Tensor };

const passes: Passes = {
  encoder: traceEncoder,
  'sequence-classification': (trace, model) => model.logits(trace.root, encoderInputs(model)),
  'token-classification': (trace, model) => {
    model.chain(trace.root);
    return model.logits(trace.root, encoderInputs(model));
  },
  causal: traceCausal,
  'sequence-to-sequence': traceSequenceToSequence,
};

/** A whole forward pass of any model: an encoder's vectors, or logits. */
export const traceForward = <R extends Role>(
  trace: Trace,
  { role, model }: RoleModel<R>,
  options: PassOptions = {},
): Tensor => passes[role](trace, model, options);
