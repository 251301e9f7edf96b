import { reportAll } from '../../io/error.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { TrainGraphs } from './train-graph.ts';

/**
 * How a training divides its work. A result depends on both numbers in its last bits, and never on the cores at hand: they
 * are chosen once, at the start of a run, and kept in its state.
 */
export interface ShardPlan {
  /** Parts of a batch, each with its own gradient and its own random numbers; the gradients are added in their order. */
  readonly shards: number;
  /** Threads inside an operator, of each shard. */
  readonly threads: number;
}

/** A plan as far as it is known. */
export type PartialPlan = { readonly [Name in keyof ShardPlan]?: number };

/** Cores of the machines whose runs were begun before plans were kept. */
const coresOfOldRuns = 2;

/**
 * The plan of a run that begins, as far as `asked` leaves it open: two shards of one thread for a net that gains by
 * shards, else one shard with all cores.
 */
export function beginningPlan(asked: PartialPlan, { gainsByShards }: TrainGraphs, cores: number): ShardPlan {
  const { shards = gainsByShards ? 2 : 1 } = asked;
  const { threads = gainsByShards ? 1 : Math.max(1, Math.floor(cores / shards)) } = asked;
  return { shards, threads };
}

/**
 * The plan of a run that is resumed: the one it began with.
 *
 * @param saved of a run begun before plans were kept neither number; its plan is that of a machine with two cores.
 * @throws {InputError} when `asked` has another number; names both.
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
  if (changes.length) throw reportAll(`${saved.name}: a resumed training must have the values it began with`, changes);
  return plan;
}

/** How many shards run at the same time on a machine; the others wait for their turn. `threads`: all cores when absent. */
export function laneCount(
  plan: Pick<ShardPlan, 'shards'> & PartialPlan,
  { parallelism = 1, cores = 1 }: Backend,
): number {
  const { shards, threads = cores } = plan;
  return Math.max(1, Math.min(shards, parallelism, Math.floor(cores / threads)));
}
