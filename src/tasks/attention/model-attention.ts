import { checkSides, checkVocabularySize, loadTokenizers } from '../folder/tokenizer-folder.ts';
import { tokenLimits } from '../model/token-limit.ts';
import { modelOf } from '../model-by-role.ts';
import { textAttention } from './attention-example.ts';
import type { AttentionReader } from './attention-reader.ts';

/**
 * Opens a model of any role that reads texts and shows where it looked.
 *
 * @throws {InputError} when the model or its tokenizer cannot be used, and as `attentionExamples`.
 */
export const textReader: AttentionReader = {
  reads: ['texts', 'text_pairs', 'targets', 'words', 'src_lang', 'tgt_lang', 'allow_unsafe_patterns'],
  async show(source, { texts = [], text_pairs, targets, words, src_lang, tgt_lang }) {
    const { folder } = source;
    const model = await modelOf(source);
    try {
      const { loaded } = model;
      const limits = tokenLimits(loaded);
      const tokenizers = await loadTokenizers(folder, source);
      if (loaded.role === 'sequence-to-sequence') checkSides(folder.name, tokenizers, loaded.tokens);
      else
        checkVocabularySize(
          folder.name,
          tokenizers.source.vocabSize,
          'vocabulary' in limits ? limits.vocabulary : limits.sourceVocabulary,
        );
      const examples = await textAttention(
        { model, tokenizers },
        texts,
        { text_pairs, targets, words, src_lang, tgt_lang },
        (option) => `inspect --set ${option}`,
      );
      return { model: loaded, examples };
    } finally {
      await model.dispose();
    }
  },
};
