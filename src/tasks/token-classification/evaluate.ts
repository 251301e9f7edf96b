import { performance } from 'node:perf_hooks';
import * as z from 'zod';
import { InputError } from '../../io/error.ts';
import type { SpanScheme } from '../../models/heads/span-scheme.ts';
import { evaluationOptions, refuseTextOptions } from '../model/evaluation-option.ts';
import { composedLabels, mergedNotes } from '../model/label-form.ts';
import type { ModelSource } from '../platform/platform.ts';
import { layoutOf } from '../recipe/layout.ts';
import { parseSetting, type Setting } from '../recipe/setting.ts';
import { withPrefix } from '../scored-set.ts';
import type { EvaluateCall, Evaluation } from '../task.ts';
import { loadTagging } from './loaded-tagging.ts';
import { seqevalScheme } from './recipe.ts';
import { taggedData, tagLayout } from './recipe-data.ts';
import { taggedScores } from './score.ts';
import { readTaggedSet, refuseUnknownTags, repairedTags } from './tagged-set.ts';
import { encodeTagged } from './tagged-words.ts';

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
 *
 * @throws {InputError} when the model, a setting or the file cannot be used, or the model does not have a tag.
 */
export async function evaluateTaggedFile(source: ModelSource, call: EvaluateCall): Promise<Evaluation> {
  const start = performance.now();
  const { data: files, settings } = call;
  refuseTextOptions('token-classification', call);
  if (files.length > 1) throw new InputError(`evaluate --data: expected one file, got ${files.length} files`);
  const [file] = files;
  const parsed = settings.map(parseSetting);
  const chosen = await evaluationOptions(source.folder, parsed, form(file));
  const { repair_tags, max_unpacked_bytes, ...layout } = chosen.data;
  const loaded = await loadTagging(source);
  const { model, reader, tagger, parameters, tokens } = loaded;
  try {
    refuseSpanSettings(parsed, model.tagScheme);
    const read = await readTaggedSet('', { file, ...layout }, { max_unpacked_bytes });
    const { text, changed } = repair_tags ? repairedTags(read, model.tagScheme) : { text: read, changed: 0 };
    const labels = composedLabels(model.labels, 'model');
    refuseUnknownTags(text, labels);
    const set = encodeTagged(text, labels, reader, tokens.maxTokens);
    const scores = await tagger.scores(set.parts);
    const options = { isOfCharacters: reader.isOfCharacters, seqevalScheme: chosen.train.seqeval_scheme };
    const found = taggedScores(model, parameters, set, scores, options);
    return {
      metrics: {
        ...withPrefix('eval', found),
        eval_samples: text.sentences.length,
        eval_runtime: (performance.now() - start) / 1000,
      },
      notes: [
        ...read.notes,
        ...mergedNotes('tags', read.written),
        ...(changed > 0 ? [`${changed} tags corrected to ${model.tagScheme}`] : []),
        ...(set.divided > 0
          ? [`${set.divided} sentences are divided into parts of at most ${tokens.maxTokens} tokens`]
          : []),
        ...(set.cut.length > 0 ? [`${set.cut.length} words are cut to ${tokens.maxTokens} tokens`] : []),
      ],
    };
  } finally {
    await loaded.dispose();
  }
}
