/** The signals that ask a program to end, with the exit status that a shell shows for each: 128 + its number. */
const statuses = { SIGINT: 130, SIGTERM: 143 } as const;

type EndSignal = keyof typeof statuses;

/** A signal ended the work; the code that throws this has already reported the result. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly status: number;
  constructor(signal: EndSignal) {
    super(`ended by ${signal}`);
    this.status = statuses[signal];
  }
}

let handler: ((signal: EndSignal) => void) | undefined;
const handle = (signal: EndSignal): void => handler?.(signal);

/**
 * Makes `act` handle every signal that asks to end, replacing earlier handlers. Without `act` the signals end the
 * process by default.
 */
function onSignal(act: (signal: EndSignal) => void): void {
  if (!handler) for (const signal of Object.keys(statuses) as EndSignal[]) process.on(signal, handle);
  handler = act;
}

/**
 * From now on a signal ends the process at once, and nothing half-written stays. `say` can report what was done so far.
 */
export function endAtSignal(say: () => void = () => undefined): void {
  onSignal((signal) => {
    say();
    process.exit(statuses[signal]);
  });
}

/**
 * Milliseconds within which signals count as one: a terminal sends Ctrl-C to `npx` and to its child, and `npx` passes
 * it on to the child again.
 */
const sameWithin = 200;

/**
 * From now on the first signal calls `stop`, which makes the work end soon; the second one ends the process.
 *
 * A busy process handles signals late. Signals that arrive within that time are handled, at the latest, in the turn of
 * the event loop in which it ends; only a signal after that turn counts as the second one.
 */
export function stopAtSignal(stop: (error: InterruptedError) => void): void {
  onSignal((first) => {
    let isOver = false;
    setTimeout(() => setImmediate(() => (isOver = true)), sameWithin).unref();
    onSignal((second) => {
      if (isOver) process.exit(statuses[second]);
    });
    stop(new InterruptedError(first));
  });
}
