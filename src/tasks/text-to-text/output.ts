import type { TextToTextTask, textToTextKinds } from './kinds.ts';

/** One result of a task from texts to texts; for a union of tasks, any of theirs. */
export type TextToTextOutput<T extends TextToTextTask = TextToTextTask> = T extends TextToTextTask
  ? { readonly [F in (typeof textToTextKinds)[T]['field']]: string } & ScoredOutput
  : never;

interface ScoredOutput {
  /** With `output_scores`: log-probability / length ** length_penalty. */
  readonly score?: number;
  /** With `output_scores`: the tokens generated after the start token, including the end token. */
  readonly token_ids?: readonly number[];
  /** Present and true if the text has more tokens than the model has positions; only the first of them were read. */
  readonly is_truncated?: true;
}

export type TranslationOutput = TextToTextOutput<'translation'>;
export type SummarizationOutput = TextToTextOutput<'summarization'>;
export type Text2TextGenerationOutput = TextToTextOutput<'text2text-generation'>;
