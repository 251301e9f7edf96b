import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { readHeddleFile } from '../folder/heddle-file.ts';
import type { ModelSource } from '../platform/platform.ts';
import { parseSetting, withSetting } from '../recipe/setting.ts';
import type { EvaluateCall, Evaluation } from '../task.ts';
import { refuseTextOptions } from '../verbs/evaluate-option.ts';
import { withPrefix } from '../verbs/scored-set.ts';
import { loadTagging, tokensInBatch } from './loaded-tagging.ts';
import { seqevalScheme } from './recipe.ts';
import { tagLayout } from './recipe-tag.ts';
import { taggedScores } from './score.ts';
import { readTaggedSet, refuseUnknownTags, repairedTags } from './tagged-set.ts';
import { encodeTagged } from './tagged-words.ts';

const settable = z.strictObject({
  data: tagLayout.optional(),
  train: z.strictObject({ seqeval_scheme: seqevalScheme }).optional(),
});

const trainedOn = z.looseObject({
  data: z.looseObject({
    train: tagLayout.loose(),
    validation: tagLayout.loose().optional(),
    test: tagLayout.loose().optional(),
    repair_tags: z.boolean().optional(),
  }),
  train: z.looseObject({ seqeval_scheme: seqevalScheme }).optional(),
});

/** How the data of the model's recipe are laid out, the test set's first: other data are likely to be so too. */
async function usual(folder: Folder): Promise<z.output<typeof settable>> {
  const { data, train } = trainedOn.safeParse((await readHeddleFile(folder))?.recipe).data ?? {};
  if (!data) return {};
  const { format, columns } = data.test ?? data.validation ?? data.train;
  const layout = { format, columns, repair_tags: data.repair_tags };
  return { data: layout, train: { seqeval_scheme: train?.seqeval_scheme } };
}

/**
 * Scores a tagger on a file of tagged sentences. Its columns are those of the model's recipe, or what
 * `data.columns.tag=…` and the like say, or its format's own.
 *
 * @throws {InputError} when the model, a setting or the file cannot be used, or a tag is none of the model's.
 */
export async function evaluateTaggedFile(source: ModelSource, call: EvaluateCall): Promise<Evaluation> {
  const start = performance.now();
  const { data: files, settings } = call;
  refuseTextOptions('token-classification', call);
  if (files.length > 1) throw new InputError(`evaluate --data: expected one file, got ${files.length} files`);
  const told = check(settable, settings.map(parseSetting).reduce<unknown>(withSetting, {}), '--set');
  const before = await usual(source.folder);
  const { repair_tags, format, columns } = { ...before.data, ...told.data };
  const { model, reader, tagger, parameters, tokens } = await loadTagging(source);
  try {
    const entry = { file: files[0], ...(format && { format }), ...(columns && { columns }) };
    const read = await readTaggedSet('', entry);
    const text = repair_tags ? repairedTags(read, model.tagScheme).text : read;
    refuseUnknownTags(text, model.labels);
    const set = encodeTagged(text, model.labels, reader, tokens.maxTokens);
    const scores = await tagger.scores(set, { padTokenId: tokens.padTokenId, maxTokens: tokensInBatch });
    const seqeval = { ...before.train, ...told.train }.seqeval_scheme;
    const options = { isOfCharacters: reader.isOfCharacters, seqevalScheme: seqeval };
    const found = taggedScores(model, parameters, set, scores, options);
    return {
      metrics: {
        ...withPrefix('eval', found),
        eval_samples: text.sentences.length,
        eval_runtime: (performance.now() - start) / 1000,
      },
      notes: set.divided > 0 ? [`${set.divided} of the sentences are divided to ${tokens.maxTokens} tokens`] : [],
    };
  } finally {
    await tagger.dispose();
  }
}
