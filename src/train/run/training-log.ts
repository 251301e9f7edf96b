import type { UpdateResult } from '../update/updater.ts';
import type { RunFolder } from './run-folder.ts';
import { type LogEntry, nothingUnlogged, type TrainerState } from './trainer-state.ts';

const logFile = 'metrics.jsonl';

const lineOf = (entry: LogEntry): string => `${JSON.stringify(entry)}\n`;

/** The log of a run: `log_history`, and `metrics.jsonl`, which gets a line for each entry as it is made. */
export class TrainingLog {
  readonly #state: TrainerState;
  readonly #folder: RunFolder;
  readonly #logged: (entry: LogEntry) => void;
  #tokens = 0;
  #milliseconds = 0;

  constructor(state: TrainerState, folder: RunFolder, logged: (entry: LogEntry) => void = () => undefined) {
    this.#state = state;
    this.#folder = folder;
    this.#logged = logged;
  }

  /**
   * Makes the file match the state: entries of updates that will be repeated after a resume are removed, and so is half
   * a line.
   */
  async begin(): Promise<void> {
    await this.#folder.write({ [logFile]: this.#state.log_history.map(lineOf).join('') });
  }

  /** Records an update; only its own time counts for the speed. */
  count({ loss, counts, tokens }: UpdateResult, milliseconds: number): void {
    const { unlogged } = this.#state;
    const terms = Object.values(counts);
    const isWithoutLabels = terms.length > 0 && terms.every((count) => count === 0);
    unlogged[isWithoutLabels ? 'without_labels' : 'updates']++;
    unlogged.loss += loss;
    this.#tokens += tokens;
    this.#milliseconds += milliseconds;
  }

  /** Logs the mean loss of the updates since the last such entry, if there were any. */
  async updates(learningRate: number, gradNorm?: number): Promise<void> {
    const { updates, loss, without_labels } = this.#state.unlogged;
    if (updates + without_labels === 0) return;
    const entry = {
      ...(updates > 0 && { loss: loss / updates }),
      ...(without_labels > 0 && { updates_without_labels: without_labels }),
      learning_rate: learningRate,
      ...(gradNorm === undefined ? {} : { grad_norm: gradNorm }),
      tokens_per_second: Math.round((this.#tokens / this.#milliseconds) * 1000),
    };
    this.#state.unlogged = nothingUnlogged();
    [this.#tokens, this.#milliseconds] = [0, 0];
    await this.add(entry);
  }

  /** Adds an entry at the state's step. */
  async add(values: LogEntry): Promise<void> {
    const { global_step: step, epoch, log_history } = this.#state;
    const entry = { step, epoch, ...values };
    log_history.push(entry);
    this.#logged(entry);
    await this.#folder.append(logFile, lineOf(entry));
  }
}
