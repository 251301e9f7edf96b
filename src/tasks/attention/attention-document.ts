import type { AttentionExample } from '../../inspect/attention/attention-example.ts';
import { attentionKinds } from '../../inspect/attention/attention-kind.ts';
import { attentionPage } from '../../inspect/attention/attention-page.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import { float32Tensor, type Tensor } from '../../weights/tensor.ts';

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `Cross-attention: 2 layers of 4 heads`. */
function sizes({ maps }: AttentionExample): string {
  const parts = maps.map(({ kind, layers }) => {
    const heads = Math.max(0, ...layers.map((row) => row.length));
    return `${attentionKinds[kind].title}: ${counted(layers.length, 'layer')} of ${counted(heads, 'head')}.`;
  });
  return parts.join(' ');
}

/** The page of some examples of a model. */
export function modelAttentionPage(
  { name, config }: Pick<LoadedModel, 'name' | 'config'>,
  examples: readonly AttentionExample[],
): Promise<string> {
  const [first] = examples;
  return attentionPage(examples, {
    title: 'What the model looked at',
    lead: `${name}, a ${config.model_type} model. ${first ? sizes(first) : ''}`,
  });
}

/** All weights of some examples, `texts.0.cross_attentions.1` or `images.0.attentions.1`: [H, T, S] each, and the labels of rows and columns. */
export interface AttentionTensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The labels as JSON, by `texts.0.cross_attentions.query` and `.key`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Everything that a page shows, in full. */
export function attentionTensors(examples: readonly AttentionExample[]): AttentionTensors {
  const tensors = new Map<string, Tensor>();
  const metadata: Record<string, string> = { format: 'pt' };
  for (const [index, { picture, maps }] of examples.entries()) {
    for (const { kind, query, key, layers } of maps) {
      const name = `${picture ? 'images' : 'texts'}.${index}.${kind}`;
      metadata[`${name}.query`] = JSON.stringify(query.tokens);
      metadata[`${name}.key`] = JSON.stringify(key.tokens);
      for (const [layer, heads] of layers.entries()) {
        const [rows, columns] = [query.tokens.length, key.tokens.length];
        const data = new Float32Array(heads.length * rows * columns);
        heads.flat().forEach((row, at) => data.set(row, at * columns));
        tensors.set(`${name}.${layer}`, float32Tensor([heads.length, rows, columns], data));
      }
    }
  }
  return { tensors, metadata };
}
