import { input, reshape } from '../graph/index.ts';
import { reportAll } from '../io/error.ts';
import { itemAt } from '../io/item-at.ts';
import type { SequenceToSequenceModel } from '../models/body/decoder.ts';
import { Trace } from '../nn/index.ts';
import { linear, logSoftmax, takeAlong } from '../ops/index.ts';
import type { Program } from '../runtime/backend.ts';
import type { QueueItem } from '../runtime/queue/waiting-items.ts';
import type { Call } from './call.ts';
import { isToken, type Source, sourceFeeds } from './source.ts';
import type { TracedGraph } from './step/graph.ts';
import { floatsOf, int32, resultOf } from './step/host.ts';
import { feedsOf, type Programs } from './step/programs.ts';

/** The probability of a given target. */
export interface TargetScore {
  /** log p(token | source, prompt, previous tokens) of each target token. */
  readonly token_scores: number[];
  /** Their sum. */
  readonly score: number;
}

const batchSize = 32;

/** Log-probabilities of the tokens `labels` that follow `decoder_input_ids`, int32 [sentences, target]. */
function targetGraph(model: SequenceToSequenceModel): TracedGraph {
  const trace = new Trace();
  const ids = (name: string, time: string) => input(name, ['sentences', time], 'int32');
  const hidden = model.hidden(trace.root, {
    input_ids: ids('input_ids', 'source'),
    attention_mask: ids('attention_mask', 'source'),
    decoder_input_ids: ids('decoder_input_ids', 'target'),
  });
  const { weight, bias } = model.head(trace.root);
  const labels = ids('labels', 'target');
  const each = takeAlong(logSoftmax(linear(hidden, weight, bias)), reshape(labels, { shape: [...labels.shape, 1] }));
  return { trace, outputs: { token_scores: reshape(each, { shape: labels.shape }) } };
}

/** A target waiting to be scored after its source. */
export interface ScoreRequest extends QueueItem {
  readonly source: Source;
  readonly target: readonly number[];
  readonly call: Call<TargetScore>;
}

/**
 * The requests of a call that scores one target per source, after the source's prompt.
 *
 * @throws {InputError} when the numbers of targets and sources differ, a target is empty or too long, or an id is
 *   outside the vocabulary.
 */
export function scoreRequests(
  model: SequenceToSequenceModel,
  sources: readonly Source[],
  targets: readonly ArrayLike<number>[],
  call: Call<TargetScore>,
): ScoreRequest[] {
  checkTargets(model, sources, targets);
  return sources.map((source, i) => {
    const target = Array.from(itemAt(targets, i, 'a target'));
    return { source, target, call, size: source.ids.length + target.length, key: 'score' };
  });
}

/** Scores targets and delivers each score to its call. @param signal aborted when no result is wanted any more. */
export function scoreBatch(programs: Programs, requests: readonly ScoreRequest[], signal: AbortSignal): Promise<void> {
  return programs.other(
    'target',
    () => targetGraph(programs.model),
    async (program) => {
      for (let from = 0; from < requests.length; from += batchSize) {
        await scoreAtOnce(program, programs.model, requests.slice(from, from + batchSize), signal);
      }
    },
  );
}

async function scoreAtOnce(
  program: Program,
  model: SequenceToSequenceModel,
  requests: readonly ScoreRequest[],
  signal: AbortSignal,
): Promise<void> {
  const rows = requests.map(({ source: { prompt, place }, target, call }) => ({
    call,
    place,
    before: [...prompt, ...target.slice(0, -1)],
    target,
    offset: prompt.length - 1,
  }));
  const width = Math.max(...rows.map(({ before }) => before.length));
  const [before, labels] = [new Int32Array(rows.length * width), new Int32Array(rows.length * width)];
  rows.forEach((row, i) => {
    before.set(row.before, i * width);
    labels.set(row.target, i * width + row.offset);
  });
  const shape = [rows.length, width];
  const feeds = {
    ...sourceFeeds(
      requests.map(({ source }) => source),
      model,
    ),
    decoder_input_ids: int32(shape, before),
    labels: int32(shape, labels),
  };
  const all = floatsOf(resultOf(await program.run(feedsOf(program, feeds), { signal }), 'token_scores'));
  rows.forEach(({ target, offset, call, place }, i) => {
    const first = i * width + offset;
    const token_scores = Array.from(all.subarray(first, first + target.length));
    call.deliver(place, { token_scores, score: token_scores.reduce((sum, score) => sum + score, 0) });
  });
}

function checkTargets(
  { vocabulary, maxPositions = Number.POSITIVE_INFINITY }: SequenceToSequenceModel,
  sources: readonly Source[],
  targets: readonly ArrayLike<number>[],
): void {
  const violations = targets.flatMap((target, i) => {
    const wrong = Array.from(target).find((id) => !isToken(id, vocabulary.target));
    const most = maxPositions + 1 - (sources[i]?.prompt.length ?? 1);
    const fits = target.length >= 1 && target.length <= most;
    return [
      ...(fits ? [] : [`target ${i}: must have 1 … ${most} tokens, got ${target.length}`]),
      ...(wrong === undefined ? [] : [`target ${i}: token ids must be in 0 … ${vocabulary.target - 1}, got ${wrong}`]),
    ];
  });
  if (targets.length !== sources.length) {
    violations.push(`expected one target for each of ${sources.length} sentences, got ${targets.length}`);
  }
  if (violations.length) throw reportAll('score', violations);
}
