import { InputError } from '../../io/error.ts';
import { found, typeFound } from '../../io/found.ts';
import { itemAt, type NonEmpty, nonEmpty } from '../../io/item-at.ts';
import { wellFormed } from '../../io/surrogate.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { callLimits, checkTextLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { givenTexts } from '../model/given-text.ts';
import { openProgram } from '../model/queued-program.ts';
import type { ModelSource } from '../platform/platform.ts';
import { classifierProgram } from '../text-classification/classifier-program.ts';
import { loadClassifier } from '../text-classification/loaded-classifier.ts';
import { checkPairs } from '../text-classification/text-pair.ts';
import { entailmentLabels, probabilities } from './entailment.ts';
import { premiseRow } from './premise-row.ts';

/** How to classify with labels that the model was not trained on. */
export interface ZeroShotClassificationOptions {
  /** A sentence about the text, with `{}` for a label. Default: `This example is {}.` */
  readonly hypothesis_template?: string | undefined;
  /** Whether several labels may be true, each by itself; otherwise the scores of a text sum to 1. Default false. */
  readonly multi_label?: boolean | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = { own: { hypothesis_template: 'other', multi_label: 'flag', signal: 'signal' } };

/** The labels of a text with their probabilities, highest first, as in transformers.js. */
export interface ZeroShotClassificationOutput {
  readonly sequence: string;
  readonly labels: Readonly<NonEmpty<string>>;
  readonly scores: Readonly<NonEmpty<number>>;
  /** Present and true if the text and a hypothesis have more tokens than the model has positions; the text was cut. */
  readonly is_truncated?: true;
  /** Present and true if the text is empty: the hypotheses are judged without it. */
  readonly is_empty?: true;
}

/** A function from texts and candidate labels to the labels' probabilities, by a model of natural language inference. */
export interface ZeroShotClassificationPipeline {
  (
    text: string,
    candidate_labels: string | readonly string[],
    options?: ZeroShotClassificationOptions,
  ): Promise<ZeroShotClassificationOutput>;
  (
    texts: readonly string[],
    candidate_labels: string | readonly string[],
    options?: ZeroShotClassificationOptions,
  ): Promise<ZeroShotClassificationOutput[]>;
  readonly task: 'zero-shot-classification';
  readonly model: LoadedModel<'sequence-classification'>;
  readonly tokenizer: Tokenizer;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'zero-shot-classification' as const;

/** @throws {InputError} for a template without exactly one `{}`. */
function checkedTemplate(template: unknown): string {
  if (typeof template === 'string' && template.split('{}').length === 2) return template;
  throw new InputError(
    `${task}: hypothesis_template: expected a text with {} once, for the label, got ${found(template)}`,
  );
}

/** The candidate labels as a list. @throws {InputError} for none, a blank one, or the same one twice. */
export function candidateLabels(where: string, given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const labels = list.map((label) => {
    if (typeof label === 'string' && label.trim() !== '') return wellFormed(label);
    throw new InputError(
      `${where}: expected labels, got ${typeof label === 'string' ? 'a blank one' : typeFound(label)}`,
    );
  });
  if (labels.length === 0) throw new InputError(`${where}: expected a label, got none`);
  const twice = labels.find((label, at) => labels.indexOf(label) !== at);
  if (twice === undefined) return labels;
  throw new InputError(`${where}: expected different labels, got ${JSON.stringify(twice)} twice`);
}

/** @throws {InputError} when the folder is not a complete classifier of pairs with a label "entailment". */
export async function zeroShotClassificationPipeline(source: ModelSource): Promise<ZeroShotClassificationPipeline> {
  const limits = callLimits(source.limits, false);
  const { name } = source.folder;
  const { model, tokenizer } = await loadClassifier(source);
  const labelIds = entailmentLabels(name, model.model.labels);
  checkPairs(name, tokenizer, model.model);
  const { maxTokens } = model.tokens;
  const classifier = await openProgram(classifierProgram, model, source.backend);
  async function classifyAll(
    texts: readonly string[],
    labels: readonly string[],
    { hypothesis_template = 'This example is {}.', multi_label = false, signal }: ZeroShotClassificationOptions,
  ): Promise<ZeroShotClassificationOutput[]> {
    const template = checkedTemplate(hypothesis_template);
    const hypotheses = labels.map((label) => template.replace('{}', () => label));
    const pairs = texts.flatMap((text) => hypotheses.map((hypothesis) => ({ text, hypothesis })));
    const rows = await inSlices(pairs, (pair, at) => premiseRow(tokenizer, maxTokens, pair, at), signal);
    const logits = await classifier.run(rows, { signal });
    return texts.map((sequence, at) => {
      const [from, to] = [at * labels.length, (at + 1) * labels.length];
      const scores = probabilities(logits.slice(from, to), labelIds, { multi_label, name });
      const order = [...labels.keys()].sort((a, b) => Number(scores[b]) - Number(scores[a]));
      return {
        sequence,
        labels: nonEmpty(
          order.map((label) => itemAt(labels, label, 'a label')),
          'a label',
        ),
        scores: nonEmpty(
          order.map((label) => itemAt(scores, label, 'a score')),
          'a score',
        ),
        ...(rows.slice(from, to).some(({ isCut }) => isCut) && { is_truncated: true as const }),
        ...(rows.slice(from, to).some(({ isEmpty }) => isEmpty) && { is_empty: true as const }),
      };
    });
  }
  async function classify(
    texts: string | readonly string[],
    candidate_labels: string | readonly string[],
    options: ZeroShotClassificationOptions = {},
  ): Promise<ZeroShotClassificationOutput | ZeroShotClassificationOutput[]> {
    const given = givenTexts(task, texts, limits);
    const labels = candidateLabels(`${task}: candidate_labels`, candidate_labels);
    checkTextLimits(`${task}: candidate_labels`, labels, limits);
    checkCallOptions(task, options, callOptions);
    const found = await classifyAll(given, labels, options);
    return typeof texts === 'string' ? itemAt(found, 0, 'a text') : found;
  }
  return Object.assign(classify, {
    task,
    model,
    tokenizer,
    dispose: () => classifier.dispose(),
  }) as ZeroShotClassificationPipeline;
}
