/**
 * The field of a pipeline's result that holds the text, by task: the names are transformers.js'. A task from texts to
 * texts is added here, its row beside it.
 */
export const outputFields = {
  translation: 'translation_text',
  summarization: 'summary_text',
  'text2text-generation': 'generated_text',
} as const;

/** A task from a text to a text. */
export type TextToTextTask = keyof typeof outputFields;

/** One result of a task from texts to texts; of one of several tasks, any of theirs. */
export type TextToTextOutput<T extends TextToTextTask = TextToTextTask> = T extends TextToTextTask
  ? { readonly [F in (typeof outputFields)[T]]: string } & ScoredOutput
  : never;

interface ScoredOutput {
  /** With `output_scores`: log-probability / length ** length_penalty. */
  readonly score?: number;
  /** With `output_scores`: what was generated behind the start token, the end token included. */
  readonly token_ids?: readonly number[];
}

export type TranslationOutput = TextToTextOutput<'translation'>;
export type SummarizationOutput = TextToTextOutput<'summarization'>;
export type Text2TextGenerationOutput = TextToTextOutput<'text2text-generation'>;
