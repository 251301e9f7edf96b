import { firstOf } from '../../io/item-at.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { Path } from '../path.ts';
import type { Sentence } from '../sentence.ts';
import type { GenerationSettings } from '../settings/generation-settings.ts';
import { float32, int32 } from './host.ts';
import { banned } from './scores.ts';
import type { StepSizes, TakenSlots } from './slots.ts';
import type { Zeros } from './zeros.ts';

type Feeds = Record<string, HostTensor>;

/**
 * The inputs of every step besides the cache. Rows without a path have a score of −∞ and see only themselves.
 *
 * @param zeros memory for what is valid until the next step.
 */
export function stepFeeds(
  sentences: readonly Sentence[],
  { beams, slots }: StepSizes,
  taken: TakenSlots,
  zeros: Zeros,
): Feeds {
  const grid = [sentences.length, beams];
  const rows = sentences.length * beams;
  const [tokens, parents, position] = [new Int32Array(rows), new Int32Array(rows), new Int32Array(sentences.length)];
  const scores = new Float32Array(rows).fill(Number.NEGATIVE_INFINITY);
  const visible = zeros.take(rows * slots);
  const slotPositions = new Int32Array(sentences.length * slots);
  sentences.forEach(({ search, row: pastRow }, sentence) => {
    // A finished sentence can have filled all positions of the model: it has no next one.
    const next = search.paths.length > 0 ? search.position : 0;
    position[sentence] = next;
    // A sentence can have fewer paths.
    for (let beam = 0; beam < beams; beam++) {
      const path = search.paths[beam];
      const row = sentence * beams + beam;
      visible[row * slots + taken[row]!] = 1;
      slotPositions[sentence * slots + taken[row]!] = next;
      parents[row] = pastRow + (path?.beam ?? 0);
      if (!path) continue;
      const read = path.first(search.position + 1);
      tokens[row] = read.token;
      scores[row] = path.score;
      for (let past = read.before; past; past = past.before) {
        visible[row * slots + past.slot] = 1;
        slotPositions[sentence * slots + past.slot] = past.length - 1;
      }
    }
  });
  return {
    tokens: int32(grid, tokens),
    position: int32([sentences.length, 1], position),
    parents: int32(grid, parents),
    path_scores: float32(grid, scores),
    visible: float32([sentences.length, 1, beams, slots], visible),
    slot_positions: int32([sentences.length, slots], slotPositions),
  };
}

/** Tokens that must not follow a path, by its row in [sentences, beams]; rows without any are left out. */
export type Bans = ReadonlyMap<number, readonly number[]>;

/** Tokens that must not follow each path. While a prompt is being read, nothing is banned. */
export function bansOf(
  sentences: readonly Sentence[],
  { beams }: StepSizes,
  bans: (settings: GenerationSettings, path: Path) => readonly number[],
): Bans {
  const rows = new Map<number, readonly number[]>();
  sentences.forEach(({ search: { paths, position }, settings }, sentence) => {
    for (const [beam, path] of paths.entries()) {
      const banned = path.length === position + 1 ? bans(settings, path) : none;
      if (banned.length > 0) rows.set(sentence * beams + beam, banned);
    }
  });
  return rows;
}

const none: readonly number[] = [];

/**
 * The tokens of every prompt from position `first` on, as the beams of one step, each of which sees those before it. The token
 * of a position takes the slot of that number. Places after a shorter prompt have any token: its sentence does not see them.
 */
export function readFeeds(sentences: readonly Sentence[], { beams: count, slots }: StepSizes, first: number): Feeds {
  const positions = Int32Array.from({ length: count }, (_, at) => first + at);
  const [tokens, slotPositions] = [new Int32Array(sentences.length * count), new Int32Array(sentences.length * slots)];
  const visible = new Float32Array(sentences.length * count * slots);
  sentences.forEach(({ search }, row) => {
    tokens.set(firstOf(search.paths, 'a path').tokens.slice(first, first + count), row * count);
    for (let slot = 0; slot < first + count; slot++) slotPositions[row * slots + slot] = slot;
    for (let at = 0; at < count; at++) {
      const from = (row * count + at) * slots;
      visible.fill(1, from, from + first + at + 1);
    }
  });
  return {
    tokens: int32([sentences.length, count], tokens),
    position: int32([1, count], positions),
    visible: float32([sentences.length, 1, count, slots], visible),
    slot_positions: int32([sentences.length, slots], slotPositions),
  };
}

/**
 * Changes to the scores of single tokens in a step: penalties for tokens that a path has, bans for tokens that must not
 * follow it. Rows are padded with entries that change nothing; no size may be 0.
 *
 * @param bans tokens that must not follow each path, in addition to those that are always banned.
 */
export function changeFeeds(sentences: readonly Sentence[], { beams }: StepSizes, bans: Bans): Feeds {
  const rows = sentences.flatMap(({ search, settings: { repetitionPenalty, bannedTokens } }, sentence) =>
    Array.from({ length: beams }, (_, beam) => {
      const path = search.paths[beam];
      const isPenalised = path !== undefined && repetitionPenalty !== 1;
      const old = isPenalised ? [...new Set(path.tokens.slice(0, search.position + 1))] : [];
      return { old, repetitionPenalty, lists: [bannedTokens, bans.get(sentence * beams + beam) ?? none] as const };
    }),
  );
  const most = rows.reduce((length, { old, lists: [always, now] }) => {
    return Math.max(length, old.length + always.length + now.length);
  }, 1);
  const size = rows.length * most;
  const [tokens, penalties, scores] = [new Int32Array(size), new Float32Array(size).fill(1), new Float32Array(size)];
  rows.forEach(({ old, repetitionPenalty, lists }, row) => {
    let at = row * most;
    tokens.set(old, at);
    penalties.fill(repetitionPenalty, at, at + old.length);
    at += old.length;
    for (const list of lists) {
      tokens.set(list, at);
      scores.fill(banned, at, at + list.length);
      at += list.length;
    }
  });
  const shape = [sentences.length, beams, most];
  return {
    changed_tokens: int32(shape, tokens),
    penalties: float32(shape, penalties),
    ban_scores: float32(shape, scores),
  };
}
