import type { HostTensor } from '../../runtime/backend.ts';
import type { Path, Sentence } from '../sentence.ts';
import type { GenerationSettings } from '../settings/generation-settings.ts';
import { float32, int32 } from './host.ts';
import { banned } from './scores.ts';

/** How a step's tensors are cut. */
export interface StepSizes {
  /** Tokens before these, the start token not counted. */
  readonly position: number;
  readonly beams: number;
  /** Beams of the last step. */
  readonly pastBeams: number;
  /** Slots of the cache before this step. */
  readonly slots: number;
}

type Feeds = Record<string, HostTensor>;

/** The open paths row by row, `beams` a sentence; undefined where a sentence has fewer. */
const rowsOf = (sentences: readonly Sentence[], beams: number): (Path | undefined)[] =>
  sentences.flatMap(({ search }) => Array.from({ length: beams }, (_, beam): Path | undefined => search.paths[beam]));

/** What every step reads besides the cache. Rows without a path have a score of −∞ and see only themselves. */
export function stepFeeds(sentences: readonly Sentence[], { position, beams, pastBeams, slots }: StepSizes): Feeds {
  const paths = rowsOf(sentences, beams);
  const grid = [sentences.length, beams];
  const total = slots + beams;
  const tokens = new Int32Array(paths.length);
  const parents = new Int32Array(paths.length);
  const scores = new Float32Array(paths.length).fill(Number.NEGATIVE_INFINITY);
  const visible = new Float32Array(paths.length * total);
  const slotPositions = new Int32Array(sentences.length * total);
  paths.forEach((path, i) => {
    const beam = i % beams;
    const row = (i - beam) / beams;
    visible[i * total + slots + beam] = 1;
    slotPositions[row * total + slots + beam] = position;
    parents[i] = sentences[row].row * pastBeams + (path?.beams.at(-1) ?? 0);
    if (!path) return;
    tokens[i] = path.tokens[position];
    scores[i] = path.score;
    path.slots.forEach((slot, at) => {
      visible[i * total + slot] = 1;
      slotPositions[row * total + slot] = at;
    });
  });
  return {
    tokens: int32(grid, tokens),
    position: int32([1], [position]),
    parents: int32(grid, parents),
    path_scores: float32(grid, scores),
    visible: float32([sentences.length, 1, beams, total], visible),
    slot_positions: int32([sentences.length, total], slotPositions),
  };
}

/** The tokens of every path and where each occurs first: what a repetition penalty reads. */
export function historyFeeds(sentences: readonly Sentence[], { position, beams }: StepSizes): Feeds {
  const paths = rowsOf(sentences, beams);
  const length = position + 1;
  const [history, isFirst] = [new Int32Array(paths.length * length), new Float32Array(paths.length * length)];
  paths.forEach((path, row) => {
    path?.tokens.slice(0, length).forEach((token, i) => {
      history[row * length + i] = token;
      isFirst[row * length + i] = Number(path.tokens.indexOf(token) === i);
    });
  });
  const shape = [sentences.length, beams, length];
  return { history: int32(shape, history), is_first: float32(shape, isFirst) };
}

/** Tokens that must not follow each path, row by row. After a prompt that is being read anything may. */
export const bansOf = (
  sentences: readonly Sentence[],
  { position, beams }: StepSizes,
  bans: (settings: GenerationSettings, tokens: readonly number[]) => number[],
): number[][] =>
  sentences.flatMap(({ search, settings }) =>
    Array.from({ length: beams }, (_, beam) => {
      const path: Path | undefined = search.paths[beam];
      return path?.tokens.length === position + 1 ? bans(settings, path.tokens) : [];
    }),
  );

/** The first `count` tokens of every prompt, as the beams of one step that each see those before. */
export function readFeeds(sentences: readonly Sentence[], count: number, slots: number): Feeds {
  const total = slots + count;
  const positions = Int32Array.from({ length: count }, (_, at) => at);
  const [tokens, slotPositions] = [new Int32Array(sentences.length * count), new Int32Array(sentences.length * total)];
  const visible = new Float32Array(sentences.length * count * total);
  sentences.forEach(({ search }, row) => {
    tokens.set(search.paths[0].tokens.slice(0, count), row * count);
    slotPositions.set(positions, row * total + slots);
    for (let at = 0; at < count; at++) {
      const from = (row * count + at) * total + slots;
      visible.fill(1, from, from + at + 1);
    }
  });
  return {
    tokens: int32([sentences.length, count], tokens),
    position: int32([count], positions),
    visible: float32([sentences.length, 1, count, total], visible),
    slot_positions: int32([sentences.length, total], slotPositions),
  };
}

/** Bans as rows of one length. */
export function banFeeds(bans: readonly (readonly number[])[], beams: number): Feeds {
  const most = Math.max(1, ...bans.map(({ length }) => length));
  const [ids, scores] = [new Int32Array(bans.length * most), new Float32Array(bans.length * most)];
  bans.forEach((tokens, row) => {
    ids.set(tokens, row * most);
    scores.fill(banned, row * most, row * most + tokens.length);
  });
  const shape = [bans.length / beams, beams, most];
  return { bans: int32(shape, ids), ban_scores: float32(shape, scores) };
}
