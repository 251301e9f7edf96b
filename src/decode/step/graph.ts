import {
  constantTensor,
  type Dim,
  type DimLike,
  gather,
  input,
  mulDim,
  rebuilt,
  reshape,
  rewrite,
  ShapeError,
  type Tensor,
} from '../../graph/index.ts';
import { firstOf } from '../../io/item-at.ts';
import type { DecoderState, SequenceToSequenceModel, StateTensor, StepInput } from '../../models/body/decoder.ts';
import { Trace } from '../../nn/index.ts';
import { reduceMax } from '../../ops/index.ts';
import { blockTopK } from './block-top-k.ts';
import { candidates, type ScoredPart } from './candidates.ts';
import { type OutputParts, partSentences, partTotal } from './output-parts.ts';
import { type ScoreRules, tokenScores } from './scores.ts';

/** The options of a step's graph. */
export interface StepRules extends ScoreRules {
  /** Whether to return cross-attention weights. */
  readonly showsAttention: boolean;
  /**
   * Whether tokens are sampled, and from what: the `candidates` best of every row, or the whole vocabulary. The whole
   * vocabulary is returned as rows of log-probabilities, unsorted: a draw reads them once, which is cheaper than
   * finding the best thousands.
   */
  readonly drawn: 'none' | 'best' | 'all';
  /** The parts in which the output layer is computed; absent: as a whole. Only where no token is drawn. */
  readonly parts?: OutputParts | undefined;
}

/** A graph ready to be lowered: its results by name, and the parameters it reads. */
export interface TracedGraph {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly trace: Trace;
}

/** The graph before the first step, and the state that it returns. */
export interface StartGraph extends TracedGraph {
  readonly state: DecoderState;
}

/** The output of a step for the state that the next step takes as `name`. */
export const nextName = (name: string): string => `next/${name}`;

/** Whether an output is a tensor of the state, which stays in the engine: the first one, or the next. */
export const isState = (output: string, start: DecoderState): boolean =>
  output.startsWith(nextName('')) || Object.hasOwn(start, output);

/** The input of a step with the rows that new tokens take in `slots` tensors with so many heads. */
export const slotRowsName = (heads: number): string => `slot_rows.${heads}`;

/** The prefix of outputs with attention weights. */
export const attentionPrefix = 'cross_attentions.';

/** Encodes sentences: `input_ids`, `attention_mask`, int32 [sentences, source] → the state before the first step. */
export function startGraph(model: SequenceToSequenceModel): StartGraph {
  const trace = new Trace();
  const ids = (name: string) => input(name, ['sentences', 'source'], 'int32');
  const state = model.start(trace.root, { input_ids: ids('input_ids'), attention_mask: ids('attention_mask') });
  const outputs = Object.fromEntries(Object.entries(state).map(([name, { tensor }]) => [name, tensor]));
  return { trace, state, outputs };
}

/**
 * One step of all beams of all sentences, from their last tokens to candidates and the next state.
 *
 * Inputs, int32: `tokens` [sentences, beams], `position` [sentences, 1], `slot_positions` [sentences, slots]; if the state
 * has slots, `slot_rows.H` [sentences, beams, H] for every number of heads H; if it has rows, `parents` [sentences, beams];
 * if scores change, `changed_tokens` [sentences, beams, changes]; if the output layer is computed in parts, the sentences of
 * each, `output_part.N` [part_N], and `beams` is a number.
 * Inputs, float: `visible` [sentences, 1, beams, slots]; `path_scores` [sentences, beams], unless tokens are sampled; if
 * scores change, `penalties` and `ban_scores` [sentences, beams, changes]. Besides, the state.
 * Outputs: `scores`, `candidates`, `beams` [sentences, count], the changed state, and attention weights on request.
 * For sampling, `scores` and, unless the whole vocabulary is returned, `candidates`, [sentences, beams, width], without
 * the scores of the paths.
 *
 * @param hasBias whether the output layer adds its bias; a pass over all scores that a bias of zeros does not need.
 */
export function stepGraph(
  model: SequenceToSequenceModel,
  start: DecoderState,
  rules: StepRules,
  hasBias = true,
): TracedGraph {
  const trace = new Trace();
  const beams = rules.parts?.beams ?? 'beams';
  const states = stateInputs(model, start, beams);
  const slots = slotInputs(beams);
  const perBeam = (name: string, ...more: string[]) => input(name, ['sentences', beams, ...more]);
  const idsPerBeam = (name: string, ...more: string[]) => input(name, ['sentences', beams, ...more], 'int32');
  const { hidden, state } = model.step(trace.root, states, {
    tokens: idsPerBeam('tokens'),
    position: input('position', ['sentences', 1], 'int32'),
    ...slots,
  });
  const { weight, bias } = model.head(trace.root);
  const changes = rules.changes && {
    tokens: idsPerBeam('changed_tokens', 'changes'),
    penalties: perBeam('penalties', 'changes'),
    banScores: perBeam('ban_scores', 'changes'),
  };
  const scoresOf = (sentences?: Tensor): ScoredPart => {
    const own = (tensor: Tensor) => (sentences ? gather(tensor, sentences) : tensor);
    const changed = changes && {
      tokens: own(changes.tokens),
      penalties: own(changes.penalties),
      banScores: own(changes.banScores),
    };
    const output = { weight, ...(hasBias && { bias }) };
    return { ...tokenScores(own(hidden), output, rules, changed || undefined), sentences };
  };
  const parts = rules.parts ? partSentences(rules.parts).map(scoresOf) : [scoresOf()];
  const pathScores = input('path_scores', [rules.parts ? partTotal(rules.parts) : 'sentences', beams]);
  const shown = [...trace.taps].filter(([name]) => rules.showsAttention && name.startsWith(attentionPrefix));
  const outputs = {
    ...choices(parts, pathScores, rules),
    ...nextState(state),
    ...Object.fromEntries(shown),
  };
  const masks = Object.values(states).flatMap(({ tensor, isMask }) => (isMask ? [tensor] : []));
  return { trace, outputs: withoutEmptyRows(outputs, [slots.visible, ...masks]) };
}

/** Without the check for rows of attention that see nothing: a beam sees at least itself, and a source has a token. */
function withoutEmptyRows(outputs: Record<string, Tensor>, masks: readonly Tensor[]): Record<string, Tensor> {
  const rewritten = rewrite(Object.values(outputs), (node, inputs) => {
    const isCheck = node.op === reduceMax.op && masks.some((mask) => mask === inputs[0]);
    return isCheck ? [constantTensor(1)] : rebuilt(node, inputs);
  });
  return Object.fromEntries(Object.keys(outputs).map((name, at) => [name, rewritten[at]!]));
}

/** The scores that are returned to JavaScript. */
function choices(
  parts: readonly ScoredPart[],
  pathScores: Tensor,
  { drawn, candidates: count }: StepRules,
): Readonly<Record<string, Tensor>> {
  const all = firstOf(parts, 'a part');
  if (drawn === 'all') return { scores: all.scores };
  if (drawn === 'best') {
    const [scores, tokens] = blockTopK(all.scores, all.width);
    return { scores, candidates: tokens };
  }
  const { scores, tokens, beams } = candidates(parts, pathScores, count);
  return { scores, candidates: tokens, beams };
}

/**
 * Reads many tokens of a prompt at once, for a state that consists of slots: a step whose beams are tokens that follow each
 * other, each of which sees those before it. Inputs as for {@link stepGraph}, but `position` is int32 [1, beams].
 * Outputs: the state.
 */
export function readGraph(model: SequenceToSequenceModel, start: DecoderState): TracedGraph {
  const trace = new Trace();
  const { state } = model.step(trace.root, stateInputs(model, start, 'beams'), {
    tokens: input('tokens', ['sentences', 'beams'], 'int32'),
    position: input('position', [1, 'beams'], 'int32'),
    ...slotInputs('beams'),
  });
  return { trace, outputs: nextState(state) };
}

/** The state that a step changes, under the names that the next step uses. */
const nextState = (state: DecoderState): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(state)
      .filter(([, { kind }]) => kind !== 'source')
      .map(([name, { tensor }]) => [nextName(name), tensor]),
  );

/** The state as inputs of a step; rows are reordered to match the beams. */
function stateInputs(model: SequenceToSequenceModel, start: DecoderState, beams: DimLike): DecoderState {
  const parents = input('parents', ['sentences', beams], 'int32');
  const given = Object.entries(start).map(([name, { tensor, kind, isMask }]): [string, StateTensor] => [
    name,
    { kind, isMask, tensor: kind === 'rows' ? follow(name, tensor, parents) : input(name, tensor.shape, tensor.dtype) },
  ]);
  return Object.fromEntries([...given, ...slotTensors(model)]);
}

/** The slots that a step reads and writes. */
const slotTensors = ({ slots }: SequenceToSequenceModel): [string, StateTensor][] =>
  Object.entries(slots).map(([name, [heads, width]]) => [
    name,
    { kind: 'slots', tensor: input(name, [`sentences * ${heads} * slots`, width]) },
  ]);

/** Which slots a step sees and writes. */
function slotInputs(beams: DimLike): Pick<StepInput, 'visible' | 'slotPositions' | 'slotRows'> {
  const rows = new Map<number, Tensor>();
  return {
    visible: input('visible', ['sentences', 1, beams, 'slots']),
    slotPositions: input('slot_positions', ['sentences', 'slots'], 'int32'),
    slotRows(heads) {
      const known = rows.get(heads) ?? input(slotRowsName(heads), ['sentences', beams, heads], 'int32');
      rows.set(heads, known);
      return known;
    },
  };
}

/** One row per beam: the row of its parent. `start`: [sentences, 1, ...], `parents`: rows of the past state, flat. */
function follow(name: string, start: Tensor, parents: Tensor): Tensor {
  const rest: readonly Dim[] = start.shape.slice(2);
  const past = input(name, ['past_sentences', 'past_beams', ...rest], start.dtype);
  const [sentences, beams] = past.shape;
  if (sentences === undefined || beams === undefined) throw new ShapeError(`${name}: expected several rows, got one`);
  return gather(reshape(past, { shape: [mulDim(sentences, beams), ...rest] }), parents);
}
