import { attentionPage } from '../../inspect/attention-page.ts';
import { InputError } from '../../io/error.ts';
import type { ModelSource } from '../platform/platform.ts';
import { attentionExamples } from './attention-example.ts';
import type { TextToTextPipeline } from './pipeline.ts';

/**
 * Returns a function that runs a model on texts and makes a page with the attention of every layer and head. It throws
 * an {@link InputError} when the model cannot be used, or a text has more tokens than the model has positions.
 */
export const textToTextAttentionPage =
  (open: (source: ModelSource) => Promise<TextToTextPipeline>) =>
  async (source: ModelSource, texts: readonly string[], pairs?: readonly string[]): Promise<string> => {
    if (pairs) throw new InputError('inspect --text_pair: a model that writes reads one text; remove it');
    const pipeline = await open(source);
    try {
      const examples = await attentionExamples(pipeline, texts);
      const [layers = []] = examples.map((example) => example.layers);
      const [heads] = layers;
      if (!heads) throw new InputError(`inspect ${source.folder.name}: the model has no cross-attention to show`);
      return attentionPage(examples, {
        title: 'What the decoder looked at',
        lead: `Cross-attention of ${source.folder.name}, a ${pipeline.model.config.model_type} model with ${counted(layers.length, 'decoder layer')} of ${counted(heads.length, 'head')}.`,
      });
    } finally {
      await pipeline.dispose();
    }
  };

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
