import { createRequire } from 'node:module';

const { InferenceSession, Tensor } = createRequire(import.meta.url)('onnxruntime-node');

/**
 * ONNX Runtime by the binding with its profiler on, as a backend of Heddle: whatever runs on a backend can be profiled.
 * `end()` of the backend stops recording; the files then begin with `prefix`.
 */
export function profilingBackend(prefix) {
  const sessions = [];
  return {
    name: 'profiling',
    async compile(model, { threads = 0 } = {}) {
      const session = await InferenceSession.create(model, {
        enableProfiling: true,
        profileFilePrefix: prefix,
        graphOptimizationLevel: 'all',
        intraOpNumThreads: threads,
        executionMode: 'sequential',
        enableMemPattern: false,
      });
      sessions.push(session);
      return {
        inputs: session.inputNames,
        outputs: session.outputNames,
        async run(feeds) {
          const given = Object.entries(feeds).map(([name, { type, shape, data }]) => [
            name,
            new Tensor(type, data, shape),
          ]);
          const results = Object.entries(await session.run(Object.fromEntries(given)));
          return Object.fromEntries(results.map(([name, { type, dims, data }]) => [name, { type, shape: dims, data }]));
        },
        dispose: () => session.release(),
      };
    },
    end() {
      for (const session of sessions) session.endProfiling();
    },
  };
}
