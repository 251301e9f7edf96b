import { attentionPage } from '../inspect/attention-page.ts';
import { InputError } from '../io/error.ts';
import { writeWhole } from '../io/whole-file.ts';
import { attentionExamples } from './attention-example.ts';
import { pipelineOf } from './pipeline.ts';
import { modelSource } from './platform.ts';
import { nodePlatform } from './platform-node.ts';
import { isBlank } from './translation-pipeline.ts';

/**
 * Translates texts and writes a page with the attention of every layer and head: `heddle inspect`.
 *
 * @throws {InputError} when the model cannot be used, or a text is blank or has more tokens than the model has positions.
 */
export async function writeAttentionPage(model: string, texts: readonly string[], out: string): Promise<void> {
  if (texts.some(isBlank)) throw new InputError('inspect --text: expected a text, got a blank one');
  const translator = await pipelineOf('translation', modelSource(nodePlatform, model));
  try {
    const examples = await attentionExamples(translator, texts);
    const { config } = translator.model;
    const page = attentionPage(examples, {
      title: 'What the decoder looked at',
      lead: `Cross-attention of ${model}, a ${config.model_type} model with ${config.decoder_layers} decoder layers of ${config.decoder_attention_heads} heads.`,
    });
    await writeWhole(out, page);
  } finally {
    await translator.dispose();
  }
}
