/** What one update did, to show it. */
export interface ProgressReport {
  /** From 1. */
  readonly update: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Target tokens of this update, padding not counted. */
  readonly tokens: number;
}

/** Shows how far a training is. */
export interface Progress {
  advance(report: ProgressReport): void;
  /** Says a line of its own, an evaluation's result say; the time since the last update is not counted as training. */
  note(line: string): void;
  /** Leaves the terminal in order; nothing is shown afterwards. */
  end(): void;
}

/** A report with what follows from the clock. */
export interface ProgressView extends ProgressReport {
  readonly total: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
}

/** The part of a terminal's or a file's stream that is written to. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Options of a progress. */
export interface ProgressOptions {
  /** Updates of the whole training. */
  readonly total: number;
  /** Updates between lines where there is no terminal. */
  readonly loggingSteps: number;
  /** `process.stderr` by default; never stdout, which is for results. */
  readonly stream?: ProgressStream | undefined;
  /** Milliseconds; `performance.now` by default. */
  readonly now?: (() => number) | undefined;
}

/** Milliseconds between two drawings of the bar. */
const redrawEvery = 100;

/** A bar on a terminal, a line every `loggingSteps` updates elsewhere. */
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

/** Speed as a mean that forgets: an update weighs e⁻¹ after `memory` seconds. */
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

  /** Time up to now was not spent on updates. */
  pause(time: number): void {
    this.#last = time;
  }

  view(updatesLeft: number): Pick<ProgressView, 'tokensPerSecond' | 'secondsLeft'> {
    const seconds = Math.max(this.#seconds, 1e-9);
    return { tokensPerSecond: this.#tokens / seconds, secondsLeft: (updatesLeft * seconds) / this.#updates };
  }
}

/** The bar fitted to a terminal: `[████····] 1200/8000 15 % · 7,450 tokens/s · …`, cut where there is no room. */
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

/** Two figures: `2.1e-3`; `0` as it is. */
export const showRate = (rate: number): string => (rate === 0 ? '0' : rate.toExponential(1));

/** `0:07`, `12:05`, `3:04:05`. */
export function showDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, i) => (i ? String(part).padStart(2, '0') : String(part))).join(':');
}
