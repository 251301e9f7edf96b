import type { TrainArguments } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { optimizer } from '../optimizers/optimizers.ts';
import type { TrainingTask } from '../training.ts';
import type { ShardPlan } from './shard-plan.ts';
import { type TrainGraphConfig, type TrainGraphs, trainGraphs } from './train-graph.ts';
import { TrainState } from './train-state.ts';
import type { UpdaterParts } from './updater.ts';

/** What a task brings to its graphs and its first weights. */
type SetupTask = Pick<TrainingTask, 'loss' | 'parameters' | 'frozen' | 'group' | 'start'>;

/** What a training with these arguments computes, and with which values it begins: the same for a run and for its profile. */
export class TrainingSetup {
  readonly graphs: TrainGraphs;
  readonly optimizer: Optimizer;
  readonly #task: SetupTask;
  readonly #args: TrainArguments;

  constructor(task: SetupTask, args: TrainArguments, { isProfiled }: Pick<TrainGraphConfig, 'isProfiled'> = {}) {
    const { loss, parameters, frozen } = task;
    this.#task = task;
    this.#args = args;
    this.optimizer = optimizer(args);
    const { max_grad_norm: maxGradNorm } = args;
    this.graphs = trainGraphs(loss, { optimizer: this.optimizer, maxGradNorm, parameters, frozen, isProfiled });
  }

  /** Memory for the parameters, their gradients and the optimizer's state. */
  state({ shards }: ShardPlan): TrainState {
    return new TrainState(this.graphs, { optimizer: this.optimizer, group: this.#task.group, shards });
  }

  /**
   * Sets the parameters to those of a new run: the weights that the task starts from, and all others drawn from the seed.
   *
   * @throws {InputError} when the weights to start from do not match the model.
   */
  async begin(state: TrainState): Promise<void> {
    const { start } = this.#task;
    const given = start ? await state.start(start) : new Set<string>();
    const drawn = [...this.graphs.parameters].filter(([name]) => !given.has(name));
    state.initialize(new Map(drawn), this.#args.seed);
  }

  /** What an updater of these values works with. */
  updaterParts(
    { threads }: ShardPlan,
    parts: Pick<UpdaterParts, 'state' | 'source' | 'backend' | 'randomBytes'>,
  ): UpdaterParts {
    const { gradient_accumulation_steps: accumulationSteps, bf16: usesBf16 } = this.#args;
    return { graphs: this.graphs, optimizer: this.optimizer, accumulationSteps, threads, usesBf16, ...parts };
  }
}
