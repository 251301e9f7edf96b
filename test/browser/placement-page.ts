/** In the page: which operators of which ops ONNX Runtime gives to the processor, though it has WebGPU. */
import * as ort from 'onnxruntime-web/webgpu';
import { webGpuBackend } from '../../src/runtime/webgpu.ts';
import { opCases } from '../ops/op-case.ts';
import { opModel } from './op-model.ts';

const group = /placed on \[(\w+)\]\. Number of nodes/;
const node = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \(/;

/** The operators that ONNX Runtime's log says it placed on the processor. */
function onProcessor(log: readonly string[]): Set<string> {
  const found = new Set<string>();
  let provider = '';
  for (const line of log) {
    provider = group.exec(line)?.[1] ?? provider;
    const [, operator] = node.exec(line) ?? [];
    if (operator && provider === 'CPUExecutionProvider') found.add(operator);
  }
  return found;
}

/** Names of ops by operator. */
export default async function placements(): Promise<Readonly<Record<string, readonly string[]>>> {
  // ONNX Runtime's placements are known only from its log, which it writes to the console.
  let log: string[] = [];
  for (const level of ['log', 'info', 'warn', 'error'] as const) {
    console[level] = (...parts: unknown[]) => log.push(parts.join(' '));
  }
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'verbose';
  const backend = webGpuBackend();
  const users: Record<string, string[]> = {};
  for (const opCase of opCases) {
    log = [];
    const { bytes } = opModel(opCase, backend).model;
    const options = { executionProviders: ['webgpu'], graphOptimizationLevel: 'all', logSeverityLevel: 0 } as const;
    const session = await ort.InferenceSession.create(bytes, options);
    for (const operator of onProcessor(log)) {
      users[operator] ??= [];
      if (!users[operator].includes(opCase.op.name)) users[operator].push(opCase.op.name);
    }
    await session.release();
  }
  return users;
}
