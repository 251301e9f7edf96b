import { itemAt } from '../../io/item-at.ts';
import { answerMatch, bestThreshold, type DoubtfulMatch, squadScores } from '../../measure/index.ts';
import { byExample } from '../run/encoded-row.ts';
import type { Scores } from '../task.ts';
import { spanText } from './answer-place.ts';
import type { LabelledWindow, QuestionSet } from './question-set.ts';
import type { ContextTokens } from './question-window.ts';
import { bestSpan, type EndNumbers, type ScoredSpan } from './span.ts';

/** How answers are chosen, by the names of Transformers' `run_qa.py`. */
export interface AnswerOptions {
  /** The most tokens of an answer. */
  readonly max_answer_length: number;
  /** Whether a question may have no answer. */
  readonly version_2_with_negative: boolean;
  /** No answer is given if its score is better than the best span's by more than this. */
  readonly null_score_diff_threshold: number;
}

/** The best answer to a question over all its windows. */
interface BestAnswer {
  readonly text: string;
  /** How much better the score of "no answer" is than the span's. */
  readonly doubt: number;
}

/** −log p of one token among those of a row, in nats. */
function surprise(logits: Float32Array, place: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
  return most + Math.log(sum) - itemAt(logits, place, 'a token');
}

/** The loss of a window: the mean of both ends. */
const windowLoss = ({ start, end }: EndNumbers, label: LabelledWindow['label']): number =>
  (surprise(start, label.start) + surprise(end, label.end)) / 2;

/**
 * Source: transformers 4.57.3 examples/pytorch/question-answering/utils_qa.py, `postprocess_qa_predictions`, which looks
 * for the best span among the 20 likeliest first and last tokens; here all spans are compared.
 */
function bestAnswer(
  windows: readonly LabelledWindow[],
  numbers: readonly EndNumbers[],
  { context, tokens, longest }: { readonly context: string; readonly tokens: ContextTokens; readonly longest: number },
): BestAnswer {
  let best: ScoredSpan | undefined;
  let none = Number.POSITIVE_INFINITY;
  windows.forEach((window, at) => {
    const own = itemAt(numbers, at, 'a window');
    const span = bestSpan(window, own, longest);
    if (!best || span.score > best.score) best = span;
    const { nullPlace } = window;
    none = Math.min(none, itemAt(own.start, nullPlace, 'a token') + itemAt(own.end, nullPlace, 'a token'));
  });
  const { start = 0, end = 0, score = 0 } = best ?? {};
  return { text: spanText(context, tokens, { start, end }), doubt: none - score };
}

/** The scores of SQuAD 2.0 that tell questions with an answer from those without, by the names of its script. */
function negativeScores(all: readonly DoubtfulMatch[], given: readonly DoubtfulMatch['match'][]): Scores {
  const of = (prefix: string, hasAnswer: boolean): Scores => {
    const own = given.filter((_, at) => all[at]?.hasAnswer === hasAnswer);
    if (own.length === 0) return {};
    const { exact_match, f1 } = squadScores(own);
    return { [`${prefix}_exact`]: exact_match, [`${prefix}_f1`]: f1 };
  };
  const [exact, f1] = [bestThreshold(all, 'exact'), bestThreshold(all, 'f1')];
  return {
    ...of('HasAns', true),
    ...of('NoAns', false),
    best_exact: exact.score,
    best_exact_thresh: exact.threshold,
    best_f1: f1.score,
    best_f1_thresh: f1.threshold,
  };
}

/** The scores of a model on questions, `loss` first: the mean over windows. */
export function readerScores(set: QuestionSet, results: readonly EndNumbers[], options: AnswerOptions): Scores {
  const { max_answer_length: longest, version_2_with_negative: hasNegative, null_score_diff_threshold: most } = options;
  const { rows, samples, contexts, questions } = set;
  const loss = rows.reduce((sum, { label }, at) => sum + windowLoss(itemAt(results, at, 'a window'), label), 0);
  const [windows, numbers] = [byExample(rows, rows, samples), byExample(rows, results, samples)];
  const found = questions.map(({ context, answers }, at) => {
    const [own, scores] = [itemAt(windows, at, 'a question'), itemAt(numbers, at, 'a question')];
    const tokens = itemAt(contexts, at, 'a context');
    const { text, doubt } = bestAnswer(own, scores, { tokens, context, longest });
    const references = answers.map((answer) => answer.text);
    return { match: answerMatch(text, references), hasAnswer: references.length > 0, doubt, references };
  });
  const given = found.map(({ match, doubt, references }) =>
    hasNegative && doubt > most ? answerMatch('', references) : match,
  );
  return {
    loss: loss / rows.length,
    ...squadScores(given),
    ...(hasNegative && negativeScores(found, given)),
  };
}
