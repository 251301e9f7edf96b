import * as z from 'zod';
import { InputError } from '../../io/error.ts';
import type { SpanScheme } from '../../models/heads/fields/span-scheme.ts';
import { evaluationOptions } from '../model/evaluation-option.ts';
import { composedLabels, mergedNotes } from '../model/label-form.ts';
import { layoutOf } from '../recipe/layout.ts';
import type { Setting } from '../recipe/setting.ts';
import { fileEvaluation } from '../run/file-evaluation.ts';
import { rowEvaluator } from '../run/row-task.ts';
import { loadTagging } from './loaded-tagging.ts';
import { seqevalScheme } from './recipe.ts';
import { taggedData, tagLayout } from './recipe-data.ts';
import { readTaggedSet, refuseUnknownTags, repairedTags } from './tagged-set.ts';
import { encodeTagged } from './tagged-words.ts';
import { taggerTask } from './tagger.ts';

const train = z.strictObject({ seqeval_scheme: seqevalScheme });

/** The options of an evaluation. */
const form = (file: string) => ({
  recorded: z.looseObject({ data: taggedData, train: train.loose().optional() }),
  usual: (recipe: { readonly data: z.output<typeof taggedData>; readonly train?: z.output<typeof train> }) => ({
    data: layoutOf(recipe.data, file),
    train: { seqeval_scheme: recipe.train?.seqeval_scheme },
  }),
  options: z.strictObject({ data: tagLayout.prefault({}), train: train.prefault({}) }),
});

/** @throws {InputError} for settings about spans, if the model's tags do not mark any. */
function refuseSpanSettings(settings: readonly Setting[], scheme: SpanScheme): void {
  const ofSpans = ['train.seqeval_scheme', 'data.repair_tags'];
  const given = settings.flatMap(({ path, value }) => (value ? [path.join('.')] : []));
  const idle = scheme === 'none' ? ofSpans.find((name) => given.includes(name)) : undefined;
  if (idle) throw new InputError(`evaluate --set ${idle}: not used if tags do not mark spans; remove it`);
}

/**
 * Scores a tagger on a file of tagged sentences. The columns come from settings such as `data.columns.tag=…`, else from
 * the model's recipe, else from the format.
 */
export const evaluateTaggedFile = fileEvaluation('token-classification', 'file', async (source, file, settings) => {
  const chosen = await evaluationOptions(source.folder, settings, form(file));
  const { repair_tags, max_unpacked_bytes, ...layout } = chosen.data;
  const { model, reader } = await loadTagging(source);
  const { labels, tagScheme } = model.model;
  refuseSpanSettings(settings, tagScheme);
  const read = await readTaggedSet('', { file, ...layout }, { max_unpacked_bytes });
  const { text, changed } = repair_tags ? repairedTags(read, tagScheme) : { text: read, changed: 0 };
  const composed = composedLabels(labels, 'model');
  refuseUnknownTags(text, composed);
  const { maxTokens } = model.tokens;
  const set = encodeTagged(text, composed, reader, maxTokens);
  const options = { isOfCharacters: reader.isOfCharacters, seqevalScheme: chosen.train.seqeval_scheme };
  return {
    model,
    set,
    evaluator: (engine) => rowEvaluator((form) => taggerTask(form, options), model, engine),
    notes: [
      ...read.notes,
      ...mergedNotes('tags', read.written),
      ...(changed > 0 ? [`${changed} tags corrected to ${tagScheme}`] : []),
      ...(set.divided > 0 ? [`${set.divided} sentences are divided into parts of at most ${maxTokens} tokens`] : []),
      ...(set.cut.length > 0 ? [`${set.cut.length} words are cut to ${maxTokens} tokens`] : []),
    ],
  };
});
