import type { RunSetup } from '../run/recipe-model.ts';
import { rowTraining } from '../run/row-task.ts';
import { mapSplits } from '../run/split.ts';
import type { PreparedTask } from '../run/task-run.ts';
import type { TokenClassificationData } from './data.ts';
import { beginWith, type InitialVectors } from './initial-vector.ts';
import { tokenClassificationNotes } from './note.ts';
import type { TokenClassificationRecipe } from './recipe.ts';
import { encodeTagged, type TaggedWords } from './tagged-words.ts';
import { taggerTask } from './tagger.ts';
import { splitterNotes } from './words/word-splitter-note.ts';

/** A loaded recipe for a tagger. */
export function taggerTraining(
  recipe: TokenClassificationRecipe,
  setup: RunSetup<'token-classification'>,
  data: TokenClassificationData,
  vectors?: InitialVectors,
): PreparedTask<TaggedWords> {
  const { label_smoothing_factor: labelSmoothing, word_dropout: p, max_length, seqeval_scheme } = recipe.train;
  const { labels, reader, texts } = data;
  const { maxTokens } = setup.tokens;
  const sets = mapSplits(texts, (text) => {
    const most = text === texts.train ? Math.min(max_length, maxTokens) : maxTokens;
    return encodeTagged(text, labels, reader, most);
  });
  const options = { isOfCharacters: reader.isOfCharacters, seqevalScheme: seqeval_scheme };
  const isSplitKnown = reader.isOfCharacters || recipe.tokenizer.pre_tokenizer !== undefined;
  return {
    ...rowTraining((form) => taggerTask(form, options), { setup, maxTokens: max_length }, sets, recipe.train),
    lossOptions: {
      labelSmoothing,
      ...(reader.droppedId !== null && { wordDropout: { p, unknownId: reader.droppedId } }),
    },
    begin: (root) => vectors && beginWith(root, setup.model, vectors),
    notes: [
      ...tokenClassificationNotes(data, sets, vectors),
      ...(isSplitKnown ? [] : splitterNotes(texts.train.sentences.map(({ words }) => words))),
    ],
    files: reader.files,
  };
}
