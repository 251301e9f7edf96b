import type { BackendCase } from './backend-case.ts';
import { affine, f32, rejectsWith, same, using } from './backend-case.ts';
import { onnxBytes } from './onnx-bytes.ts';

/** What every engine does with a signal. */
export const abortCases: readonly BackendCase[] = [
  {
    name: 'a run whose signal is aborted already never starts: it rejects with the reason',
    run: (backend) =>
      using(backend, affine, async (program) => {
        const x = f32([1, 2], [1, 1]);
        const into = f32([1, 3], [0, 0, 0]);
        const reason = new Error('nobody waits');
        const aborted = program.run({ x }, { into: { y: into }, signal: AbortSignal.abort(reason) });
        await rejectsWith(aborted, reason);
        same(into, f32([1, 3], [0, 0, 0]));
        same((await program.run({ x })).y, f32([1, 3], [5.5, 7, 8.5]));
      }),
  },
  {
    name: 'a run that is aborted rejects with the reason, gives nothing, and the program runs again',
    run: (backend) =>
      using(backend, affine, async (program) => {
        const x = f32([1, 2], [1, 1]);
        for (const keep of [[], ['y']]) {
          const controller = new AbortController();
          const running = program.run({ x }, { keep, signal: controller.signal });
          const reason = { why: 'any value may be a reason' };
          controller.abort(reason);
          await rejectsWith(running, reason);
        }
        const { signal } = new AbortController();
        same((await program.run({ x }, { signal })).y, f32([1, 3], [5.5, 7, 8.5]));
      }),
  },
  {
    name: 'a program may be disposed of while its aborted run ends',
    run: async (backend) => {
      const program = await backend.compile(onnxBytes(affine), { threads: 1 });
      const controller = new AbortController();
      const running = program.run({ x: f32([1, 2], [1, 1]) }, { signal: controller.signal });
      controller.abort('enough');
      const disposing = program.dispose();
      await rejectsWith(running, 'enough');
      await disposing;
    },
  },
];
