/** What one update did, for display. */
export interface ProgressReport {
  /** From 1. */
  readonly update: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Target tokens in this update, without padding. */
  readonly tokens: number;
}

/** Displays the progress of a training. */
export interface Progress {
  advance(report: ProgressReport): void;
  /**
   * Prints a separate line, such as the result of an evaluation; the time since the last update does not count as
   * training.
   */
  note(line: string): void;
  /** Restores the terminal; nothing is displayed afterwards. */
  end(): void;
}

/** A report with the values that depend on the clock. */
export interface ProgressView extends ProgressReport {
  readonly total: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
}

/** What is needed of a terminal's or a file's stream. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Options of the progress display. */
export interface ProgressOptions {
  /** Updates in the whole training. */
  readonly total: number;
  /** Updates between lines if there is no terminal. */
  readonly loggingSteps: number;
  /** Default `process.stderr`; never stdout, which is for results. */
  readonly stream?: ProgressStream | undefined;
  /** Returns milliseconds; default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** Milliseconds between redraws of the bar. */
const redrawEvery = 100;

/** A bar on a terminal; elsewhere a line every `loggingSteps` updates. */
export function stepProgress(options: ProgressOptions): Progress {
  const { total, loggingSteps, stream = process.stderr, now = () => performance.now() } = options;
  const clock = new Clock(now());
  const isTerminal = stream.isTTY === true;
  let bar = '';
  let drawnAt = Number.NEGATIVE_INFINITY;
  const draw = (text: string) => stream.write(`\r${text}\x1b[K`);
  return {
    advance(report) {
      const time = now();
      clock.advance(time, report.tokens);
      const view = { ...report, total, ...clock.view(total - report.update) };
      if (!isTerminal) {
        if (report.update % loggingSteps === 0 || report.update === total) stream.write(`${progressLine(view)}\n`);
        return;
      }
      bar = progressBar(view, stream.columns ?? 80);
      if (time - drawnAt < redrawEvery && report.update < total) return;
      drawnAt = time;
      draw(bar);
    },
    note(line) {
      clock.pause(now());
      if (!isTerminal || !bar) stream.write(`${line}\n`);
      else {
        draw(line);
        stream.write(`\n${bar}`);
      }
    },
    end() {
      if (isTerminal && bar) {
        draw(bar);
        stream.write('\n');
      }
      bar = '';
    },
  };
}

/** Speed as an exponential moving average: the weight of an update falls to e⁻¹ after `memory` seconds. */
class Clock {
  static readonly memory = 20;
  #last: number;
  #seconds = 0;
  #updates = 0;
  #tokens = 0;
  constructor(start: number) {
    this.#last = start;
  }

  advance(time: number, tokens: number): void {
    const seconds = (time - this.#last) / 1000;
    const keep = Math.exp(-seconds / Clock.memory);
    this.#last = time;
    this.#seconds = this.#seconds * keep + seconds;
    this.#updates = this.#updates * keep + 1;
    this.#tokens = this.#tokens * keep + tokens;
  }

  /** Excludes the time up to now from the speed. */
  pause(time: number): void {
    this.#last = time;
  }

  view(updatesLeft: number): Pick<ProgressView, 'tokensPerSecond' | 'secondsLeft'> {
    const seconds = Math.max(this.#seconds, 1e-9);
    return { tokensPerSecond: this.#tokens / seconds, secondsLeft: (updatesLeft * seconds) / this.#updates };
  }
}

/** The bar, cut to the width of the terminal: `[████····] 1200/8000 15 % · 7,450 tokens/s · …`. */
export function progressBar(view: ProgressView, columns: number): string {
  const share = view.update / view.total;
  const text = `${view.update}/${view.total} ${Math.floor(100 * share)} % · ${facts(view).join(' · ')}`;
  const width = Math.min(30, columns - text.length - 4);
  if (width < 5) return text.slice(0, Math.max(0, columns - 1));
  const filled = Math.min(width, Math.floor(width * share));
  return `[${'█'.repeat(filled)}${'·'.repeat(width - filled)}] ${text}`;
}

/** A plain line: `step 1200/8000 · 7,450 tokens/s · loss 3.214 · lr 2.1e-3 · 12:05 left`. */
export const progressLine = (view: ProgressView): string =>
  `step ${view.update}/${view.total} · ${facts(view).join(' · ')}`;

const facts = ({ tokensPerSecond, loss, learningRate, secondsLeft }: ProgressView): string[] => [
  `${Math.round(tokensPerSecond).toLocaleString('en-US')} tokens/s`,
  `loss ${loss.toFixed(3)}`,
  `lr ${showRate(learningRate)}`,
  `${showDuration(secondsLeft)} left`,
];

/** Two significant digits, `2.1e-3`; `0` stays as it is. */
export const showRate = (rate: number): string => (rate === 0 ? '0' : rate.toExponential(1));

/** `0:07`, `12:05`, `3:04:05`. */
export function showDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, i) => (i ? String(part).padStart(2, '0') : String(part))).join(':');
}
