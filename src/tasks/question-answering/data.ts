import { type QuestionText, readQuestions } from '../../data/read/question.ts';
import type { Folder } from '../../io/folder.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { trainTokenizer } from '../../text/train/vocabulary.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { keptTokenizers, newTokenizer } from '../folder/tokenizer-folder.ts';
import { readSplits, type Splits, splitValues } from '../run/split.ts';
import type { QuestionSet } from './question-set.ts';
import type { QuestionAnsweringRecipe } from './recipe.ts';

/** The data of a recipe for question answering, and the tokenizer for them. */
export interface QuestionAnsweringData {
  readonly tokenizer: Tokenizer;
  /** The files of a model folder for its tokenizer. */
  readonly files: Files;
  readonly texts: Splits<QuestionText>;
  /** What was skipped or replaced in the files, one line each. */
  readonly readingNotes: readonly string[];
}

/** A token before, between and after the texts of a pair. */
const encoding = { add_bos_token: true, add_eos_token: true };

/** Every context once, and all questions. */
function* textsOf({ questions }: QuestionText): Generator<string> {
  yield* new Set(questions.map(({ context }) => context));
  for (const { question } of questions) yield question;
}

/**
 * Reads a recipe's questions and trains the tokenizer on those of the training.
 *
 * @param kept the checkpoint of a resumed run, or the folder that a run starts from: its tokenizer is kept.
 * @throws {InputError} when a file cannot be read, a question has no context, or an answer is not in its context.
 */
export async function readQuestionAnsweringData(
  { data, tokenizer: options }: QuestionAnsweringRecipe,
  kept?: Folder,
): Promise<QuestionAnsweringData> {
  const { root, version_2_with_negative, max_unpacked_bytes } = data;
  const texts = await readSplits(data, (entry) =>
    readQuestions(root, entry, { version_2_with_negative, max_unpacked_bytes }),
  );
  const { source: tokenizer, files } = kept
    ? await keptTokenizers(kept)
    : newTokenizer(trainTokenizer(textsOf(texts.train), { ...options, ...encoding }));
  return { tokenizer, files, texts, readingNotes: splitValues(texts).flatMap(({ notes }) => notes) };
}

/** What became of the questions of a set, one line each. `name` is that of the set, with a blank after it, or empty. */
export function questionSetNotes(
  { rows, divided, unanswered, unread, without }: QuestionSet,
  name: string,
  maxLength: number,
): string[] {
  return [
    ...(divided > 0
      ? [
          `${divided} ${name}contexts are longer than ${maxLength} tokens with their question and are divided: ${rows.length} windows, ${without} without the answer to their question`,
        ]
      : []),
    ...(unanswered > 0 ? [`${unanswered} ${name}questions have no answer`] : []),
    ...(unread > 0 ? [`${unread} ${name}answers have no token and count as missing`] : []),
  ];
}

/** Information about the data for the user, one line each. */
export function questionAnsweringNotes(
  { tokenizer, readingNotes }: QuestionAnsweringData,
  { train, validation, test }: Splits<QuestionSet>,
  maxLength: number,
): string[] {
  const sets = Object.entries({ training: train, validation, test });
  return [
    `data: ${train.samples} questions to train on in ${train.rows.length} windows, vocabulary of ${tokenizer.vocabSize} tokens`,
    ...readingNotes,
    ...sets
      .flatMap(([name, set]) => (set ? questionSetNotes(set, `${name} `, maxLength) : []))
      .map((one) => `data: ${one}`),
  ];
}
