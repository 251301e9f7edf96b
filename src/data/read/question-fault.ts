import { type CodePoints, codePoints } from '../../text/code-points.ts';
import { excerpt } from './data-file.ts';

/** An answer and where it is in its context, in code points. */
export interface PlacedAnswer {
  readonly text: string;
  readonly start: number;
}

/** A question about a text, with all answers that count as right; none if the text does not answer it. */
export interface Question {
  readonly question: string;
  readonly context: string;
  readonly answers: readonly PlacedAnswer[];
}

/** A question as a file has it. */
export interface FoundQuestion extends Question {
  /** Where it is, for messages. */
  readonly where: string;
}

const isBlank = (text: string): boolean => text.trim() === '';

/**
 * An answer without the blanks around it, at its first character that is not a blank. One that is not at its place stays
 * as it is.
 *
 * @param points those of its context.
 */
export function trimmedAnswer(answer: PlacedAnswer, points: CodePoints): PlacedAnswer {
  const text = answer.text.trim();
  let { start } = answer;
  while (start >= 0 && start < points.length && isBlank(points.slice(start, start + 1))) start++;
  const isThere = text !== '' && points.slice(start, start + codePoints(text).length) === text;
  return isThere ? { text, start } : answer;
}

/** What is wrong with an answer. */
function answerFault({ text, start }: PlacedAnswer, context: string, points: CodePoints): string | undefined {
  if (isBlank(text)) return 'expected an answer, got a blank one';
  const length = codePoints(text).length;
  const got = start < 0 || start >= points.length ? undefined : points.slice(start, start + length);
  if (got === text) return undefined;
  const unit = context.indexOf(text);
  const remedy = unit < 0 ? 'the context does not contain it' : `it is at ${codePoints(context.slice(0, unit)).length}`;
  const found = got === undefined ? `a context of ${points.length} characters` : excerpt(got);
  return `expected the answer ${excerpt(text)} at character ${start} of its context, got ${found}; ${remedy}`;
}

/** Everything that is wrong with a question. */
export function questionFaults({ question, context, answers }: Question, hasNegative: boolean): string[] {
  if (isBlank(question)) return ['expected a question, got a blank one'];
  if (isBlank(context)) return ['expected a context, got a blank one'];
  if (answers.length === 0 && !hasNegative) {
    return ['expected an answer, got none; data.version_2_with_negative allows questions without one'];
  }
  const points = codePoints(context);
  return answers.flatMap((answer) => answerFault(answer, context, points) ?? []);
}
