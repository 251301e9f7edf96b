import type { SelfAttentionExample } from '../../inspect/self-attention-page.ts';
import { InputError } from '../../io/error.ts';
import type { ForwardResults } from '../../models/forward.ts';
import { readsTokenTypes } from '../../models/inputs/input-spec.ts';
import { float32Data } from '../../weights/tensor.ts';
import type { PreTrainedModel } from './pre-trained-model.ts';
import { tokenLimits } from './token-limit.ts';

/** A text or a pair as an encoder reads it. */
export interface ReadTokens {
  readonly ids: readonly number[];
  /** Which text each token belongs to, for models with token types. */
  readonly type_ids: readonly number[];
  /** The tokens as people read them. */
  readonly labels: readonly string[];
  /** Which text each token is of; null for those that the tokenizer adds. */
  readonly texts: SelfAttentionExample['texts'];
}

/** Weights of a layer's heads, from [1, H, T, T]. */
function headsOf(results: ForwardResults, layer: number): Float32Array[][] | undefined {
  const name = `attentions.${layer}`;
  const tensor = results.get(name);
  if (!tensor) return undefined;
  const [, heads = 0, rows = 0, columns = 0] = tensor.shape;
  const data = float32Data(tensor, name);
  return Array.from({ length: heads }, (_, h) =>
    Array.from({ length: rows }, (_, t) => {
      const at = (h * rows + t) * columns;
      return data.slice(at, at + columns);
    }),
  );
}

/** The self-attention of every layer and head over one text or pair, and all results of the pass. */
export async function selfAttention(
  model: PreTrainedModel,
  { ids, type_ids, labels, texts }: ReadTokens,
  where: string,
): Promise<
  Pick<SelfAttentionExample, 'source' | 'target' | 'texts' | 'layers'> & { readonly results: ForwardResults }
> {
  const { model: inner } = model.loaded;
  const { maxTokens } = tokenLimits(model.loaded);
  if (ids.length > maxTokens) {
    throw new InputError(`${where}: expected at most ${maxTokens} tokens, got ${ids.length}`);
  }
  const hasTypes = readsTokenTypes(inner.inputs);
  const results = await model.forward({ input_ids: [ids], ...(hasTypes && { token_type_ids: [type_ids] }) });
  const layers: Float32Array[][][] = [];
  for (let heads = headsOf(results, 0); heads; heads = headsOf(results, layers.length)) layers.push(heads);
  if (layers.length === 0) throw new InputError(`${model.loaded.name}: the model has no self-attention to show`);
  return { source: labels, target: labels, texts, layers, results };
}
