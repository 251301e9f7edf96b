/** The signals that ask a program to end, and the exit status by which a shell knows each: 128 + its number. */
const statuses = { SIGINT: 130, SIGTERM: 143 } as const;

type EndSignal = keyof typeof statuses;

/** A signal ended the work; whoever throws it has said what became of it. */
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

/** Has `act` take every signal that asks to end, instead of what took them before. Without one they end the process as they come. */
function onSignal(act: (signal: EndSignal) => void): void {
  if (!handler) for (const signal of Object.keys(statuses) as EndSignal[]) process.on(signal, handle);
  handler = act;
}

/**
 * From now on a signal ends the process at once, and nothing half-written stays. `say` may tell what was done so far.
 */
export function endAtSignal(say: () => void = () => undefined): void {
  onSignal((signal) => {
    say();
    process.exit(statuses[signal]);
  });
}

/**
 * Milliseconds within which signals count as one: a terminal sends Ctrl-C to `npx` and to what that has started, and `npx`
 * passes it on.
 */
const sameWithin = 200;

/**
 * From now on the first signal calls `stop`, which sees to it that the work ends soon; the second one ends the process.
 *
 * A busy process handles signals late. Those that arrive within the time are handled, at the latest, in the turn of the event
 * loop in which it ends; only after that turn does a signal count as the second one.
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
