/** A real engine whose calls a test sees. */
import type { Backend, CompileOptions, Feeds, RunOptions } from '../../src/runtime/backend.ts';

/** The calls that a test observes: `compiled` and `ran` before the engine acts, `disposed` after it. */
export interface BackendObserver {
  readonly compiled?: (options: CompileOptions | undefined) => void;
  readonly ran?: (feeds: Feeds, options: RunOptions | undefined) => void;
  readonly disposed?: () => void;
}

/** `backend`, which reports its calls. */
export const observedBackend = (backend: Backend, { compiled, ran, disposed }: BackendObserver): Backend => ({
  ...backend,
  async compile(model, options) {
    compiled?.(options);
    const program = await backend.compile(model, options);
    return {
      inputs: program.inputs,
      outputs: program.outputs,
      run(feeds, how) {
        ran?.(feeds, how);
        return program.run(feeds, how);
      },
      async dispose() {
        await program.dispose();
        disposed?.();
      },
    };
  },
});
