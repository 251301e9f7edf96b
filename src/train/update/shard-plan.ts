import { reportAll } from '../../io/error.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { BatchSource } from './micro-batch.ts';
import type { TrainGraphs } from './train-graph.ts';

/**
 * How a training divides its work. Both numbers affect the last bits of the results, so they are chosen once, when a
 * run starts, and kept in its state; the number of cores at hand never matters.
 */
export interface ShardPlan {
  /** Parts of a batch. Each has its own gradient and random numbers; the gradients are added in order. */
  readonly shards: number;
  /** Threads inside an operator, per shard. */
  readonly threads: number;
}

/** A plan in which values may still be open. */
export type PartialPlan = { readonly [Name in keyof ShardPlan]?: number };

/**
 * The plan of a new run, where `asked` leaves values open: two shards for a network that gains from them, else one. A
 * network that works step by step gets one thread a shard. Others share all cores, and get shards only on an engine that can
 * run both at once and has no programs of its own for every size of a batch, as a plugin has. Batches of one row have one
 * shard.
 *
 * @param source of the training's batches; some are looked at if the shards are open.
 */
export function beginningPlan(
  asked: PartialPlan,
  { tokensForShards, isSequential }: TrainGraphs,
  { parallelism = 1, cores = 1, habits }: Pick<Backend, 'parallelism' | 'cores' | 'habits'>,
  source: Pick<BatchSource, 'next'>,
): ShardPlan {
  const atOnce = Math.min(parallelism, Math.floor(cores / (asked.threads ?? 1)));
  const canOverlap = atOnce > 1 && !habits?.has('preparesShapes');
  const mayBeSplit = (isSequential || canOverlap) && tokensForShards < Number.POSITIVE_INFINITY;
  const shards = asked.shards ?? (mayBeSplit && gainsByShards(source, tokensForShards) ? 2 : 1);
  const { threads = tokensForShards === 0 && isSequential ? 1 : Math.max(1, Math.floor(cores / shards)) } = asked;
  return { shards, threads };
}

/** Batches that stand for all of a training: the first can be a remainder, or a single long text. */
const lookedAt = 8;

/** Whether most batches have two rows or more, and so many tokens. */
function gainsByShards(source: Pick<BatchSource, 'next'>, leastTokens: number): boolean {
  const batches = Array.from({ length: lookedAt }, () => [source.next(2)].flat());
  const gaining = batches.filter(
    (parts) => parts.length > 1 && parts.reduce((sum, { tokens }) => sum + tokens, 0) >= leastTokens,
  );
  return gaining.length > lookedAt / 2;
}

/** The plan of runs that began before plans were saved, on a machine with two cores. */
const oldPlan = ({ tokensForShards, isSequential }: TrainGraphs): ShardPlan =>
  tokensForShards === 0 && isSequential ? { shards: 2, threads: 1 } : { shards: 1, threads: 2 };

/**
 * The plan of a run that is resumed: the one it began with.
 *
 * @param saved the saved plan; runs from before plans were saved have none, and get that of a machine with two cores.
 * @throws {InputError} when `asked` differs from the plan; the message names both.
 */
export function resumedPlan(
  saved: PartialPlan & { readonly name: string },
  asked: PartialPlan,
  graphs: TrainGraphs,
): ShardPlan {
  const old = oldPlan(graphs);
  const plan: ShardPlan = { shards: saved.shards ?? old.shards, threads: saved.threads ?? old.threads };
  const changes = (['shards', 'threads'] as const).flatMap((name) =>
    asked[name] === undefined || asked[name] === plan[name]
      ? []
      : [`train.${name} was ${plan[name]}, got ${asked[name]}`],
  );
  if (changes.length) throw reportAll(`${saved.name}: a resumed training needs the values it began with`, changes);
  return plan;
}

/** How many shards run at the same time on a machine; the others wait. `threads` default: all cores. */
export function laneCount(
  plan: Pick<ShardPlan, 'shards'> & PartialPlan,
  { parallelism = 1, cores = 1 }: Backend,
): number {
  const { shards, threads = cores } = plan;
  return Math.max(1, Math.min(shards, parallelism, Math.floor(cores / threads)));
}
