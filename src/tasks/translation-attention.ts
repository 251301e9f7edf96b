import { attentionPage } from '../inspect/attention-page.ts';
import { attentionExamples } from './attention-example.ts';
import type { ModelSource } from './platform.ts';
import { translationPipeline } from './translation-pipeline.ts';

/**
 * Translates texts and gives a page with the attention of every layer and head.
 *
 * @throws {InputError} when the model cannot be used, or a text has more tokens than the model has positions.
 */
export async function translationAttentionPage(source: ModelSource, texts: readonly string[]): Promise<string> {
  const translator = await translationPipeline(source);
  try {
    const examples = await attentionExamples(translator, texts);
    const [layers] = examples.map((example) => example.layers);
    return attentionPage(examples, {
      title: 'What the decoder looked at',
      lead: `Cross-attention of ${source.folder.name}, a ${translator.model.config.model_type} model with ${layers.length} decoder layers of ${layers[0].length} heads.`,
    });
  } finally {
    await translator.dispose();
  }
}
