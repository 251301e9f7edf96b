import { availableParallelism, cpus } from 'node:os';
import { elementTypes, evaluateDim, type Tensor } from '../../graph/index.ts';
import { checkConfig } from '../../models/families/check-config.ts';
import { traceLoss } from '../../models/heads/terms/loss.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import { Trace } from '../../nn/index.ts';
import { type LoweredModel, lower } from '../../onnx/index.ts';
import type { Backend, HostTensor, NodeAssignment } from '../../runtime/backend.ts';
import { chosenEngine, engineNames, engineRows } from '../../runtime/engine-name.ts';
import { nodeBackend } from '../../runtime/node.ts';
import { withBf16 } from '../../runtime/with-bf16.ts';
import { optimizer } from '../../train/optimizers/optimizers.ts';
import { trainGraphs } from '../../train/update/train-graph.ts';

/** Milliseconds for the loss of a batch and all its gradients, and for the scores of a batch. */
interface EngineTimes {
  readonly step_ms: number;
  readonly pass_ms: number;
}

/** An engine, and the time that it needs for {@link measuredModel} if it is here. */
export interface EngineReport {
  /** As `--engine` takes it. */
  readonly name: string;
  readonly about: string;
  /** Why it does not run here; absent if it does. */
  readonly missing?: string;
  /** Milliseconds for the loss of a batch and all its gradients. */
  readonly step_ms?: number;
  /** Milliseconds for the scores of a batch. */
  readonly pass_ms?: number;
  /** The same in bfloat16, or what this machine lacks for it; absent if the engine has no bfloat16. */
  readonly bf16?: EngineTimes | { readonly missing: string };
  /** With a plugin: which nodes of the step it runs. */
  readonly step_nodes?: NodeAssignment;
}

/** The engines of a machine. */
export interface EngineList {
  readonly processor: string;
  readonly cores: number;
  readonly engines: readonly EngineReport[];
}

const sizes = new Map([
  ['batch', 8],
  ['time', 64],
]);

/** What is measured. */
export const measuredModel = '2 layers of BERT, 256 wide, 8 × 64 tokens';

const config = {
  model_type: 'bert',
  architectures: ['BertForSequenceClassification'],
  vocab_size: 1000,
  hidden_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 1024,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
};

/** The gradients of a training and the scores of a model in use. */
function measuredGraphs(): { readonly step: LoweredModel; readonly pass: LoweredModel } {
  const { model } = checkConfig(config, 'engines');
  const adam = optimizer({
    optim: 'adamw_torch',
    adam_beta1: 0.9,
    adam_beta2: 0.999,
    adam_epsilon: 1e-8,
    weight_decay: 0,
  });
  const graphs = trainGraphs((root) => traceLoss(root, model), { optimizer: adam, maxGradNorm: 0 });
  const { root } = new Trace({ isTapped: false });
  const pass = lower({ ...model.outputs(root, model.run(root, graphInputs(model.inputs))) });
  return { step: graphs.gradients(false), pass };
}

/** Numbers of the size of weights, and 0 and 1 for whatever counts or chooses. */
function fed({ shape, dtype }: Tensor): HostTensor {
  const dims = shape.map((size) => evaluateDim(size, sizes));
  const { host, from } = elementTypes[dtype];
  const length = dims.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length }, (_, i) => (dtype === 'float' ? 0.05 * Math.sin(i + 1) : i % 2));
  return { type: host, shape: dims, data: from(numbers) };
}

const warmUps = 2;
const rounds = 9;

/** How a program runs on an engine. */
interface Measured {
  /** The median time of a run, in milliseconds. */
  readonly ms: number;
  readonly nodes: NodeAssignment | undefined;
}

async function measured(backend: Backend, { bytes, inputs }: LoweredModel): Promise<Measured> {
  const program = await backend.compile(bytes);
  try {
    const feeds = Object.fromEntries([...inputs].map(([name, tensor]) => [name, fed(tensor)]));
    const times: number[] = [];
    for (let round = 0; round < warmUps + rounds; round++) {
      const begin = performance.now();
      await program.run(feeds);
      if (round >= warmUps) times.push(performance.now() - begin);
    }
    const ms = times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
    return { ms, nodes: program.assignment };
  } finally {
    await program.dispose();
  }
}

/** Why an engine does not run, in a line, without its name. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replace(/^engine [^:]*: /, '')
    .replace(/:\n\s*/, ': ')
    .replaceAll(/\n\s*/g, '; ');

/**
 * Lists the engines, and measures a small step on those that are here, one after the other: `heddle engines`.
 *
 * @param only the engine to measure, such as `plugin:PATH`; default: every engine.
 * @throws {InputError} when `only` is unknown, not here or does not load.
 */
export async function listEngines(only?: string): Promise<EngineList> {
  const graphs = measuredGraphs();
  const timesOf = async (backend: Backend) => {
    const { ms: step_ms, nodes } = await measured(backend, graphs.step);
    const { ms: pass_ms } = await measured(backend, graphs.pass);
    return { times: { step_ms, pass_ms }, nodes };
  };
  const bf16Of = async (backend: Backend) => {
    const { missing } = backend.bf16 ?? {};
    return missing === undefined ? (await timesOf(withBf16(backend, 'engines'))).times : { missing };
  };
  const measure = async (name: string) => {
    const backend = nodeBackend(name);
    const { times, nodes } = await timesOf(backend);
    return { ...times, ...(nodes && { step_nodes: nodes }), ...(backend.bf16 && { bf16: await bf16Of(backend) }) };
  };
  const engines: EngineReport[] = [];
  if (only !== undefined) {
    const { about } = engineRows[chosenEngine(only, 'engine').name];
    engines.push({ name: only, about, ...(await measure(only)) });
  } else {
    for (const name of engineNames) {
      const { about, path } = engineRows[name];
      const found =
        path === 'always'
          ? { missing: `needs the path of its library, package or wheel: --engine ${name}:PATH` }
          : await measure(name).catch((error: unknown) => ({ missing: reasonOf(error) }));
      engines.push({ name, about, ...found });
    }
  }
  return { processor: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), engines };
}
