import { add, gradient, type Tensor as Symbolic } from '../graph/index.ts';
import { InputError } from '../io/error.ts';
import { Trace } from '../nn/index.ts';
import type { Backend, Program } from '../runtime/backend.ts';
import { QuantizedWeights } from '../runtime/quantized-weights.ts';
import { BatchQueue } from '../runtime/queue/batch-queue.ts';
import type { QueueItem } from '../runtime/queue/waiting-items.ts';
import { SharedWeights } from '../runtime/shared-weights.ts';
import { float32Tensor, type Tensor } from '../weights/tensor.ts';
import type { LoadedModel } from './folder/load.ts';
import { passLossFeeds } from './heads/terms/loss.ts';
import { checkedInputs } from './inputs/checked-inputs.ts';
import { graphInputs, type HostFeeds } from './inputs/input-spec.ts';
import type { Model } from './model.ts';
import { forLength } from './text-length.ts';

/** Options of a forward pass. */
export interface ForwardOptions {
  /** Also d loss / d parameter; needs labels. */
  readonly gradients?: boolean | undefined;
  /** Ends the pass, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The results of a forward pass by name. */
export type ForwardResults = Map<string, Tensor>;

/** A model without its weights. */
export type PassModel = Pick<LoadedModel, 'model'>;

/** A model with its weights. */
export type RunnableModel = Pick<LoadedModel, 'model' | 'parameters'>;

/** The form of the model for the length of its inputs alone, padding included, whatever was read before. */
const modelOf = (from: PassModel, inputs: ReadonlyMap<string, Tensor>): Model =>
  forLength(from, inputs.get('input_ids')?.shape[1] ?? Number.POSITIVE_INFINITY).model;

/** What is asked of a forward pass. */
interface PassForm {
  /** The optional inputs that are given. */
  readonly given?: ReadonlySet<string>;
  readonly hasLabels?: boolean;
  readonly gradients?: boolean;
}

/**
 * The graph of a whole forward pass with everything it shows, and optionally the loss and its gradients. Its sizes are
 * symbolic: lowered once, it serves every batch. Dropout is off.
 */
export function forwardGraph(
  { model }: { readonly model: Model },
  { given, hasLabels = false, gradients = false }: PassForm = {},
): Record<string, Symbolic> {
  const trace = new Trace();
  const { root } = trace;
  const pass = model.run(root, graphInputs(model.inputs, given));
  const outputs: Record<string, Symbolic> = { ...model.outputs(root, pass), ...Object.fromEntries(trace.taps) };
  if (!hasLabels) return outputs;
  const loss = model.terms.map((term) => term.sum(root, pass, {})).reduce((a, b) => add(a, b));
  outputs.loss = loss;
  if (!gradients) return outputs;
  const trained = [...trace.parameters].filter(([, { isTrained }]) => isTrained);
  const found = gradient(
    loss,
    trained.map(([, { tensor }]) => tensor),
  );
  trained.forEach(([name], i) => {
    const g = found[i];
    if (g) outputs[`grad/${name}`] = g;
  });
  return outputs;
}

/** Whether labels are among the inputs of a forward pass. */
const haveLabels = ({ labelInputs }: Model, inputs: ReadonlyMap<string, Tensor>): boolean =>
  labelInputs.some(({ name }) => inputs.has(name));

/**
 * Checks the inputs of a forward pass by the model's own table and fills in optional ones: a mask of ones, an
 * encoder–decoder's decoder inputs from the labels. With labels, those of the loss are among the results.
 *
 * @throws {InputError} for an unknown or missing input, shapes that disagree, an id outside the vocabulary (with its
 *   place), a mask with other values than 0 and 1, or more tokens than the model has positions.
 */
export function forwardInputs(inputs: ReadonlyMap<string, Tensor>, from: PassModel): HostFeeds {
  const model = modelOf(from, inputs);
  const hasLabels = haveLabels(model, inputs);
  const labels = model.labelInputs.map((spec) => (hasLabels ? spec : { ...spec, absent: 'optional' as const }));
  const feeds = checkedInputs([...model.inputs, ...labels], inputs);
  return hasLabels ? { ...feeds, ...passLossFeeds(model, feeds) } : feeds;
}

interface Pass extends QueueItem {
  readonly model: Model;
  readonly hasLabels: boolean;
  readonly gradients: boolean;
  readonly feeds: HostFeeds;
}

/** Forward passes of one loaded model, for any number of calls at once. Compiles at first use; must be disposed of. */
export class ForwardPasses {
  readonly #model: RunnableModel;
  readonly #weights: SharedWeights;
  readonly #compiled = new Map<string, Promise<Program>>();
  readonly #queue = new BatchQueue<null, Pass, ForwardResults>({
    name: 'the model',
    lanes: [null],
    fits: (count) => count <= 1,
    run: async (_, [pass], signal) => [await resultsOf(await this.#program(pass), pass.feeds, signal)],
  });

  /** @param weights the model's parameters; disposed of by whoever made them, after this. */
  constructor(model: RunnableModel, weights: SharedWeights) {
    this.#model = model;
    this.#weights = weights;
  }

  /** One pass; see {@link forward}. @throws {Error} when disposed of; `signal.reason` when that is aborted. */
  async run(
    inputs: ReadonlyMap<string, Tensor>,
    { gradients = false, signal }: ForwardOptions = {},
  ): Promise<ForwardResults> {
    const feeds = forwardInputs(inputs, this.#model);
    const model = modelOf(this.#model, inputs);
    const hasLabels = haveLabels(model, inputs);
    if (gradients && !hasLabels) {
      throw new InputError('inputs: gradients need labels');
    }
    if (gradients && this.#model.parameters instanceof QuantizedWeights) {
      throw new InputError('inputs: gradients need weights in float32, the model has int8');
    }
    const [results] = await this.#queue.submit([{ size: 1, model, hasLabels, gradients, feeds }], { signal });
    return results;
  }

  /** Ends what waits with an error, waits for the pass in flight, and frees the engine's memory. */
  async dispose(): Promise<void> {
    await this.#queue.close();
    const programs = [...this.#compiled.values()];
    this.#compiled.clear();
    for (const outcome of await Promise.allSettled(programs)) {
      if (outcome.status === 'fulfilled') await outcome.value.dispose();
    }
  }

  #program({ model, hasLabels, gradients, feeds }: Pass): Promise<Program> {
    const given = new Set(Object.keys(feeds));
    const key = [gradients, ...[...given].sort()].join();
    const known = this.#compiled.get(key);
    if (known) return known;
    const program = this.#weights.compile(forwardGraph({ model }, { given, hasLabels, gradients }));
    this.#compiled.set(key, program);
    program.catch(() => this.#compiled.delete(key));
    return program;
  }
}

async function resultsOf(program: Program, feeds: HostFeeds, signal: AbortSignal): Promise<ForwardResults> {
  const read = Object.entries(feeds).filter(([name]) => program.inputs.includes(name));
  const results = await program.run(Object.fromEntries(read), { signal });
  return new Map(
    Object.entries(results).map(([name, tensor]) => {
      if (!('data' in tensor) || !(tensor.data instanceof Float32Array))
        throw new Error(`forward: ${name} is not a float tensor`);
      return [name, float32Tensor(tensor.shape, tensor.data)];
    }),
  );
}

/**
 * Runs a model once on given tensors and returns everything: `logits`, or what its class returns instead, of an encoder alone `last_hidden_state`;
 * `hidden_states.0` …, `attentions.0` …, of an encoder–decoder `encoder_hidden_states.0` …, `decoder_hidden_states.0` …,
 * `encoder_attentions.0` …, `decoder_attentions.0` …, `cross_attentions.0` …; with labels also `loss` ([]), and with
 * `gradients` `grad/NAME` by the checkpoint's names: a tied tensor once, without buffers and parameters that the loss does not
 * depend on.
 *
 * @param inputs see {@link forwardInputs}.
 * @throws {InputError} when the inputs do not fit the model, or gradients are wanted without labels.
 */
export async function forward(
  model: RunnableModel,
  inputs: ReadonlyMap<string, Tensor>,
  backend: Backend,
  options?: ForwardOptions,
): Promise<ForwardResults> {
  const weights = new SharedWeights(backend, model.parameters);
  const passes = new ForwardPasses(model, weights);
  try {
    return await passes.run(inputs, options);
  } finally {
    await passes.dispose();
    await weights.dispose();
  }
}
