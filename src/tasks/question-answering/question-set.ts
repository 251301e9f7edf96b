import type { QuestionText } from '../../data/read/question.ts';
import type { Question } from '../../data/read/question-fault.ts';
import { itemAt } from '../../io/item-at.ts';
import { codePoints } from '../../text/code-points.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RowSet } from '../run/encoded-row.ts';
import { placeIn, type TokenSpan, tokensOf } from './answer-place.ts';
import { type ContextTokens, encodeQuestion, type QuestionWindow, type WindowOptions } from './question-window.ts';

/** A window with the places of its answer. */
export interface LabelledWindow extends QuestionWindow {
  readonly label: TokenSpan;
}

/** Questions as a model reads them; a question is a sample, and its windows are rows. */
export interface QuestionSet extends RowSet<LabelledWindow> {
  readonly questions: readonly Question[];
  /** The tokens of every question's whole context. */
  readonly contexts: readonly ContextTokens[];
  /** The number of questions whose context is divided, of those without an answer, and of answers without a token. */
  readonly divided: number;
  readonly unanswered: number;
  readonly unread: number;
  /** The number of windows that do not have the answer to their question. */
  readonly without: number;
}

/**
 * Encodes questions. A model learns the first of several answers.
 *
 * @throws {InputError} as {@link encodeQuestion}.
 */
export function encodeQuestions(
  { questions, where }: Pick<QuestionText, 'questions' | 'where'>,
  tokenizer: Tokenizer,
  options: WindowOptions,
): QuestionSet {
  const counts = { divided: 0, unanswered: 0, unread: 0, without: 0 };
  const contexts: ContextTokens[] = [];
  const rows: LabelledWindow[] = [];
  questions.forEach(({ question, context, answers }, example) => {
    const encoded = encodeQuestion({ question, context, example }, tokenizer, options, `data ${where(example)}`);
    // Neighbouring questions often share their context.
    const isShared = questions[example - 1]?.context === context;
    const tokens = (isShared && contexts[example - 1]) || encoded.tokens;
    contexts.push(tokens);
    const [answer] = answers;
    const span = answer && tokensOf(tokens, answer.start, answer.start + codePoints(answer.text).length);
    if (!answer) counts.unanswered++;
    else if (!span) counts.unread++;
    if (encoded.windows.length > 1) counts.divided++;
    for (const window of encoded.windows) {
      const label = placeIn(window, span);
      if (span && label.start === window.nullPlace) counts.without++;
      rows.push({ ...window, label });
    }
  });
  const placeOf = (row: number): string => where(itemAt(rows, row, 'a window').example);
  return { samples: questions.length, rows, where: placeOf, questions, contexts, ...counts };
}
