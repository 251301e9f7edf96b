import { reportAll } from '../../io/error.ts';
import type { Backend } from '../../runtime/backend.ts';
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

/** Cores of the machines on which runs started before plans were saved. */
const coresOfOldRuns = 2;

/**
 * The plan of a new run, where `asked` leaves values open: two shards with one thread each for a network that gains
 * from shards, else one shard with all cores.
 */
export function beginningPlan(asked: PartialPlan, { gainsByShards }: TrainGraphs, cores: number): ShardPlan {
  const { shards = gainsByShards ? 2 : 1 } = asked;
  const { threads = gainsByShards ? 1 : Math.max(1, Math.floor(cores / shards)) } = asked;
  return { shards, threads };
}

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
  const old = beginningPlan({}, graphs, coresOfOldRuns);
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
