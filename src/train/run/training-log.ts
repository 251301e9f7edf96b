import type { UpdateResult } from '../update/updater.ts';
import type { RunFolder } from './run-folder.ts';
import type { LogEntry, TrainerState } from './trainer-state.ts';

const logFile = 'metrics.jsonl';

/** Milliseconds between two writings of the log that no checkpoint asks for. */
const writeInterval = 2000;

/** The log of a run: `log_history`, and `metrics.jsonl` with a line for each of its entries. */
export class TrainingLog {
  readonly #state: TrainerState;
  readonly #folder: RunFolder;
  readonly #hear: (entry: LogEntry) => void;
  #tokens = 0;
  #milliseconds = 0;
  #written = Number.NEGATIVE_INFINITY;

  constructor(state: TrainerState, folder: RunFolder, hear: (entry: LogEntry) => void = () => undefined) {
    this.#state = state;
    this.#folder = folder;
    this.#hear = hear;
  }

  /** Takes in an update; only its own time counts for the speed. */
  count({ loss, tokens }: UpdateResult, milliseconds: number): void {
    const { unlogged } = this.#state;
    unlogged.updates++;
    unlogged.loss += loss;
    this.#tokens += tokens;
    this.#milliseconds += milliseconds;
  }

  /** Tells the mean loss of the updates since the last time, if there were any. */
  async updates(learningRate: number, gradNorm?: number): Promise<void> {
    const { unlogged } = this.#state;
    if (unlogged.updates === 0) return;
    const entry = {
      loss: unlogged.loss / unlogged.updates,
      learning_rate: learningRate,
      ...(gradNorm === undefined ? {} : { grad_norm: gradNorm }),
      tokens_per_second: Math.round((this.#tokens / this.#milliseconds) * 1000),
    };
    this.#state.unlogged = { updates: 0, loss: 0 };
    [this.#tokens, this.#milliseconds] = [0, 0];
    await this.add(entry);
  }

  /** Adds an entry at the state's step. */
  async add(values: LogEntry): Promise<void> {
    const { global_step: step, epoch, log_history } = this.#state;
    const entry = { step, epoch, ...values };
    log_history.push(entry);
    this.#hear(entry);
    if (performance.now() - this.#written > writeInterval) await this.write();
  }

  async write(): Promise<void> {
    const lines = this.#state.log_history.map((entry) => `${JSON.stringify(entry)}\n`);
    await this.#folder.write({ [logFile]: lines.join('') });
    this.#written = performance.now();
  }
}
