import { InputError } from '../../../io/error.ts';
import type { Drawn } from '../../../nn/index.ts';
import type { BigBirdConfig } from './config.ts';

/** The fields that decide which blocks attend to which. */
type PlanConfig = Pick<
  BigBirdConfig,
  'attention_type' | 'block_size' | 'num_random_blocks' | 'max_position_embeddings' | 'num_attention_heads'
>;

/** The most blocks of a text that is attended to as a whole: two global, three in the window, twice the random ones. */
const wholeBlocks = ({ num_random_blocks: random }: PlanConfig): number => 5 + 2 * random;

/** Whether texts of so many tokens are attended to block by block. */
export const isSparse = (config: PlanConfig, tokens: number): boolean =>
  config.attention_type === 'block_sparse' && tokens > wholeBlocks(config) * config.block_size;

/** The most tokens of a text: the blocks of a long one are whole, and need positions too. */
export function mostTokens(config: PlanConfig): number {
  const { attention_type: type, block_size: size, max_position_embeddings: positions } = config;
  if (type === 'original_full') return positions;
  const inBlocks = positions - (positions % size);
  return isSparse(config, inBlocks) ? inBlocks : Math.min(positions, wholeBlocks(config) * size);
}

/** The number of tokens after padding to whole blocks, at least as many as block-sparse attention needs. */
export const paddedLength = (config: PlanConfig, tokens: number): number =>
  config.block_size * Math.max(Math.ceil(tokens / config.block_size), wholeBlocks(config) + 1);

/** Lengths for which the random blocks of the paper's own code are kept. */
const paperLengths: ReadonlySet<number> = new Set([1024, 3072, 4096]);
/** At those lengths random blocks lie among these first tokens. */
const paperReach = 1024;

const numbers = (from: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - from) }, (_, at) => from + at);

/** At the paper's lengths: the last block of which random blocks are drawn, and the number of blocks that are drawn from. */
function paperRange({ block_size, max_position_embeddings }: PlanConfig) {
  const positions = Math.floor(max_position_embeddings / block_size);
  const last = (paperReach > 2 * block_size ? Math.floor(paperReach / block_size) : positions) - 1;
  return { positions, last, end: Math.min(last + 1, positions - 1) };
}

/**
 * The blocks that block `at` may draw from at the paper's lengths. The rule depends on the positions of the model, and
 * has the quirks of the original.
 *
 * Source: transformers 5.24.0 modeling_big_bird.py, _bigbird_block_rand_mask.
 */
function paperCandidates(at: number, config: PlanConfig): number[] {
  const { positions, last, end } = paperRange(config);
  if (at <= 2) return numbers(at + 2, end);
  const isNearEnd = at === positions - 3 || at === positions - 2;
  if (isNearEnd || at - 2 > last) return numbers(1, end);
  return [...numbers(1, at - 1), ...(at + 1 === last ? [] : numbers(at + 2, end))];
}

/**
 * The blocks that block `at` may draw from: the first 5 + 2·R without its window and the global blocks.
 *
 * Source: transformers 5.24.0 modeling_big_bird.py, _get_single_block_row_attention; of _get_rand_attn_plan only the
 * first case occurs, since texts with fewer blocks are attended to as a whole.
 */
function usualCandidates(at: number, config: PlanConfig): number[] {
  const end = wholeBlocks(config);
  const isForbidden = (block: number) =>
    Math.abs(block - at) <= 1 || (at === 1 && block === end - 2) || (at === end - 2 && block === 1);
  return numbers(1, end - 1).filter((block) => !isForbidden(block));
}

/** The blocks that block `at`, from 1 to the last but one, of a text of so many blocks may draw from. */
export const candidates = (at: number, blocks: number, config: PlanConfig): readonly number[] =>
  paperLengths.has(blocks * config.block_size) ? paperCandidates(at, config) : usualCandidates(at, config);

/** Random blocks are drawn from the first so many of a text, however long it is. */
export function reachOf(config: PlanConfig): number {
  const isPaperLength = [...paperLengths].some((tokens) => tokens <= config.max_position_embeddings);
  return Math.max(wholeBlocks(config) - 1, isPaperLength ? paperRange(config).end : 0);
}

/**
 * Draws the random blocks of every block between the first and the last, for each head. Shape: [H, blocks − 2, R].
 *
 * @throws {InputError} when a block has fewer than R to draw from.
 */
export const drawBlocks =
  (config: PlanConfig): Drawn['draw'] =>
  (below, [heads, inner, random]) => {
    const blocks = inner + 2;
    const rows = numbers(1, blocks - 1).map((at) => candidates(at, blocks, config));
    const fewest = Math.min(...rows.map(({ length }) => length));
    if (fewest < random) {
      throw new InputError(
        `big_bird: num_random_blocks: expected at most ${fewest} for texts of ${blocks * config.block_size} tokens, got ${random}`,
      );
    }
    return Int32Array.from(numbers(0, heads).flatMap(() => rows.flatMap((row) => drawn(row, random, below))));
  };

/** `count` of the items, each choice and order equally likely. */
function drawn(items: readonly number[], count: number, below: (bound: number) => number): number[] {
  const rest = [...items];
  return Array.from({ length: count }, () => rest.splice(below(rest.length), 1)[0] ?? 0);
}
