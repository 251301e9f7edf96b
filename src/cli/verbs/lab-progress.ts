import { type ProgressStream, showDuration } from '../../train/run/progress.ts';

/** Milliseconds between two lines. */
const [onTerminal, elsewhere] = [100, 10_000];

/** Shows the progress of experiments on stderr: one changing line on a terminal, an occasional line elsewhere. */
export function labProgress(stream: ProgressStream, now: () => number = () => performance.now()) {
  const isTerminal = stream.isTTY === true;
  let drawnAt = now() - (isTerminal ? onTerminal : 0);
  let isDrawn = false;
  return {
    advance(experiment: string, share: number, next: string, secondsLeft: number): void {
      const time = now();
      if (time - drawnAt < (isTerminal ? onTerminal : elsewhere)) return;
      drawnAt = time;
      const left = Number.isFinite(secondsLeft) ? ` · ${showDuration(secondsLeft)} left` : '';
      const text = `${experiment} ${Math.floor(100 * share)} %${left} · ${next}`;
      stream.write(isTerminal ? `\r${text.slice(0, (stream.columns ?? 80) - 1)}\x1b[K` : `${text}\n`);
      isDrawn = isTerminal;
    },
    /** Restores the terminal. */
    clear(): void {
      if (isDrawn) stream.write('\r\x1b[K');
      isDrawn = false;
    },
  };
}
