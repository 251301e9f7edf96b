import { InputError } from '../../io/error.ts';
import { weightsFile } from '../../weights/checkpoint.ts';
import type { MatchOptions } from '../../weights/match-options.ts';
import { matchParameters } from '../../weights/parameter-match.ts';
import { parseSafetensors, safetensorsPieces } from '../../weights/safetensors.ts';
import { float32Tensor, type Tensor } from '../../weights/tensor.ts';
import type { TrainArguments } from '../arguments.ts';
import { averageWeights, type Weights } from './average.ts';
import { checkpointName, type Files, type RunFolder } from './run-folder.ts';
import { readTrainerState, type TrainerState } from './trainer-state.ts';

const optimizerFile = 'optimizer.safetensors';
/** The folder of the trainer's state in a checkpoint. */
export const stateFile = 'trainer_state.json';

/** A training as read from a checkpoint. */
export interface SavedTraining {
  readonly state: TrainerState;
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly optimizer: ReadonlyMap<string, Tensor>;
  /** The checkpoint's name in errors. */
  readonly name: string;
}

/** How the checkpoints of a run are kept and read. */
export interface CheckpointOptions extends Pick<TrainArguments, 'save_steps' | 'save_total_limit' | 'average_last'> {
  /** The parameters that every checkpoint contains. */
  readonly parameters: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  /** How to map the names of its weights to the parameters. */
  readonly names: MatchOptions;
}

/** The text of `trainer_state.json`. */
export const stateText = (state: TrainerState): string => `${JSON.stringify(state, null, 2)}\n`;

/** The checkpoints of a run: writes, keeps, removes, reads and averages them. */
export class Checkpoints {
  readonly #folder: RunFolder;
  readonly #options: CheckpointOptions;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  constructor(folder: RunFolder, options: CheckpointOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#shapes = new Map([...options.parameters].map(([name, { shape }]) => [name, shape]));
  }

  /**
   * Reads the newest checkpoint, if there is one.
   *
   * @throws {InputError} when one of its files is missing or damaged, or its weights do not match the parameters.
   */
  async newest(): Promise<SavedTraining | undefined> {
    const step = (await this.#folder.checkpoints()).at(-1);
    if (step === undefined) return undefined;
    const checkpoint = checkpointName(step);
    const name = `${this.#folder.path}/${checkpoint}`;
    const state = await this.#state(step);
    if (state.global_step !== step) {
      throw new InputError(`${name}/${stateFile}: expected global_step ${step}, got ${state.global_step}`);
    }
    const optimizer = await this.#tensors(step, optimizerFile);
    const weights = [...(await this.#weights(step))].map(
      ([key, data]) => [key, float32Tensor(this.#shapes.get(key) ?? [], data)] as const,
    );
    return { state, weights: new Map(weights), optimizer, name };
  }

  /** Writes a checkpoint at the state's step, then removes those that are no longer needed. */
  async save(state: TrainerState, files: Files, optimizer: ReadonlyMap<string, Tensor>): Promise<void> {
    await this.#folder.writeCheckpoint(state.global_step, {
      ...files,
      [optimizerFile]: safetensorsPieces(optimizer),
      [stateFile]: stateText(state),
    });
    const newest = (await this.#regular(state)).slice(-this.#options.save_total_limit);
    const wanted = new Set([...newest, state.best_step, state.global_step]);
    for (const step of await this.#folder.checkpoints()) {
      if (!wanted.has(step)) await this.#folder.removeCheckpoint(step);
    }
  }

  /** The average of the last checkpoints if `average_last` is set, else the best; undefined if there is none. */
  async finalWeights(state: TrainerState): Promise<Weights | undefined> {
    const { average_last: count } = this.#options;
    const steps = count ? (await this.#regular(state)).slice(-count) : [];
    if (steps.length) {
      const weights = (step: number) => this.#weights(step);
      return averageWeights(
        (async function* () {
          for (const step of steps) yield await weights(step);
        })(),
      );
    }
    return state.best_step === null ? undefined : this.#weights(state.best_step);
  }

  /**
   * Whether a checkpoint is at `save_steps` or at the end, including the ends of earlier runs. Others were kept because
   * they were the best, or were written where the training stopped.
   */
  async #regular({ max_steps: end }: TrainerState): Promise<number[]> {
    const regular: number[] = [];
    for (const step of await this.#folder.checkpoints()) {
      const isRegular = step % this.#options.save_steps === 0 || step === end;
      if (isRegular || (await this.#wasEnd(step))) regular.push(step);
    }
    return regular;
  }

  async #wasEnd(step: number): Promise<boolean> {
    if (!(await this.#folder.has(`${checkpointName(step)}/${stateFile}`))) return false;
    return (await this.#state(step)).max_steps === step;
  }

  async #state(step: number): Promise<TrainerState> {
    const name = checkpointName(step);
    return readTrainerState(await this.#folder.readJson(name, stateFile), `${this.#folder.path}/${name}/${stateFile}`);
  }

  async #weights(step: number): Promise<Weights> {
    const name = `${this.#folder.path}/${checkpointName(step)}/${weightsFile}`;
    const tensors = await this.#tensors(step, weightsFile);
    return matchParameters(this.#shapes, { name, tensors }, this.#options.names).parameters;
  }

  async #tensors(step: number, file: string): Promise<ReadonlyMap<string, Tensor>> {
    const name = checkpointName(step);
    return parseSafetensors(await this.#folder.read(name, file), `${this.#folder.path}/${name}/${file}`).tensors;
  }
}
