import { InputError } from '../../io/error.ts';
import type { Parameter } from '../../nn/index.ts';
import type { EngineTensor, Feeds, HostTensor, Program } from '../../runtime/backend.ts';
import { isEngineTensor } from '../../runtime/signature.ts';
import type { Grouping, ParameterGroup } from '../optimizers/parameter-group.ts';
import { keptUpdate, scalarName } from './kept-graph.ts';
import { Preparation } from './preparation.ts';
import { nextName, type TrainGraphs } from './train-graph.ts';
import { hostScalar } from './train-state.ts';
import type { UpdateResult, UpdaterParts } from './updater.ts';

type Results = Readonly<Record<string, HostTensor | EngineTensor>>;

/** What a kept updater works with: as {@link Updater}, in one lane. */
export interface KeptUpdaterParts extends Omit<UpdaterParts, 'threads' | 'usesBf16'> {
  /** How the optimizer treats a trained parameter, as given to the state; no parameter may begin later (`from`). */
  readonly group: Grouping;
}

/** Parameters that the optimizer treats alike. */
interface Group extends ParameterGroup {
  readonly names: readonly string[];
}

/**
 * Runs updates like {@link Updater}, but parameters and the optimizer's state stay in the engine between them: on a GPU
 * they never leave its memory. The state on the host keeps its numbers until `read`.
 */
export class KeptUpdater {
  readonly #parts: KeptUpdaterParts;
  readonly #groups: readonly Group[];
  readonly #preparation: Preparation;
  readonly #gradients: Program;
  readonly #update: Program;
  /** Parameters and slots after the last update, by name; before the first, those of the host are fed. */
  #kept: Readonly<Record<string, EngineTensor>> = {};
  #last: Promise<unknown> = Promise.resolve();

  private constructor(parts: KeptUpdaterParts, groups: readonly Group[], gradients: Program, update: Program) {
    const { graphs, backend, accumulationSteps } = parts;
    const { inputs } = graphs.gradients(accumulationSteps > 1, backend);
    this.#parts = parts;
    this.#groups = groups;
    this.#preparation = new Preparation({ ...parts, shards: 1, inputs, randoms: graphs.randoms, draws: graphs.draws });
    this.#gradients = gradients;
    this.#update = update;
  }

  /** @throws {InputError} when the state has several shards, a parameter begins later, or a part has no effect. */
  static async make(parts: KeptUpdaterParts): Promise<KeptUpdater> {
    const { graphs, optimizer, backend, accumulationSteps, state, group } = parts;
    for (const name of ['threads', 'usesBf16']) {
      const given: unknown = Reflect.get(parts, name);
      if (given) throw new InputError(`train: ${name} has no effect on a kept updater, got ${given}`);
    }
    if (state.gradients.length !== 1) {
      throw new InputError(`train: a kept updater takes one shard, got ${state.gradients.length}`);
    }
    const groups = groupsOf(graphs, group);
    const gradients = graphs.gradients(accumulationSteps > 1, backend);
    const update = keptUpdate(
      graphs,
      optimizer,
      groups.map(({ names }) => names),
      backend,
    );
    const kept = (names: Iterable<string>) => [...names].filter((name) => name.startsWith(nextName('')));
    const first = await backend.compile(gradients.bytes, { keep: kept(gradients.outputs.keys()) });
    try {
      const second = await backend.compile(update.bytes, { keep: kept(update.outputs.keys()) });
      return new KeptUpdater(parts, groups, first, second);
    } catch (error) {
      await first.dispose();
      throw error;
    }
  }

  /** Makes update number `update` (from 1) with a learning rate. Calls wait for each other. */
  run(update: number, learningRate: number): Promise<UpdateResult> {
    return this.#inTurn(() => this.#run(update, learningRate));
  }

  /** Copies parameters and the optimizer's state to the state on the host, to save or evaluate them. */
  read(): Promise<void> {
    return this.#inTurn(async () => {
      const { parameters, slots } = this.#parts.state;
      const kept = Object.entries(this.#kept);
      const read = await Promise.all(kept.map(async ([name, tensor]) => [name, await tensor.read()] as const));
      for (const [name, { data }] of read) (parameters[name] ?? slots[name])?.data.set(data as Float32Array);
    });
  }

  /** Frees what the engine holds, after the call that is under way; what was not read is lost. */
  dispose(): Promise<void> {
    return this.#inTurn(async () => {
      dispose(Object.values(this.#kept));
      this.#kept = {};
      await this.#gradients.dispose();
      await this.#update.dispose();
    });
  }

  /** What `work` gives, when the calls before it are done. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #run(update: number, learningRate: number): Promise<UpdateResult> {
    const { batches, ...prepared } = await this.#preparation.make(update);
    const { loss, gradients } = await this.#computeGradients(batches.flat());
    try {
      const { optimizer } = this.#parts;
      const scalars = this.#groups.flatMap(({ rate, decay }, index) =>
        Object.entries(optimizer.scalars(update, learningRate * rate, decay)).map(
          ([scalar, value]) => [scalarName(index, scalar), hostScalar(value)] as const,
        ),
      );
      const results = await runKeeping(this.#update, [this.#values, gradients, Object.fromEntries(scalars)]);
      const before = this.#kept;
      this.#kept = { ...before, ...results.kept };
      dispose(Object.keys(results.kept).flatMap((name) => before[name] ?? []));
      const { norm } = results.host;
      return { ...prepared, loss, ...(norm && { gradNorm: Number(norm.data[0]) }) };
    } finally {
      dispose(Object.values(gradients));
    }
  }

  get #values(): Feeds {
    const { parameters, slots } = this.#parts.state;
    return { ...parameters, ...slots, ...this.#kept };
  }

  /** The gradients of all micro-batches, kept, by the names under which an update takes them; and the loss. */
  async #computeGradients(batches: readonly Feeds[]) {
    const { state, accumulationSteps } = this.#parts;
    let gradients: Record<string, EngineTensor> = {};
    let loss = 0;
    if (accumulationSteps > 1) state.clearGradients();
    for (const feeds of batches) {
      try {
        const results = await runKeeping(this.#gradients, [this.#values, ...state.gradients, gradients, feeds]);
        loss += Number(results.host.loss?.data[0]);
        dispose(Object.values(gradients));
        gradients = results.kept;
      } catch (error) {
        dispose(Object.values(gradients));
        throw error;
      }
    }
    return { loss, gradients };
  }
}

/** Runs a program with those of the values that it reads, and keeps each `next/NAME`, under NAME. */
async function runKeeping(program: Program, values: readonly Results[]) {
  const given = Object.assign({}, ...values) as Results;
  const feeds = Object.fromEntries(program.inputs.flatMap((name) => (given[name] ? [[name, given[name]]] : [])));
  const keep = program.outputs.filter((name) => name.startsWith(nextName('')));
  const results = Object.entries(await program.run(feeds, { keep }));
  const kept: Record<string, EngineTensor> = {};
  const host: Record<string, HostTensor> = {};
  for (const [name, tensor] of results) {
    if (isEngineTensor(tensor)) kept[name.slice(nextName('').length)] = tensor;
    else host[name] = tensor;
  }
  return { kept, host };
}

function dispose(tensors: readonly EngineTensor[]): void {
  for (const tensor of tensors) tensor.dispose();
}

/** The trained parameters by how the optimizer treats them. */
function groupsOf({ trained, parameters }: TrainGraphs, groupOf: Grouping): Group[] {
  const groups = new Map<string, ParameterGroup & { readonly names: string[] }>();
  for (const name of trained) {
    const { decay, rate, from = 0 } = groupOf(name, parameters.get(name) as Parameter);
    if (from > 0) throw new InputError(`train: a kept updater trains ${name} from the first update, got from ${from}`);
    const key = `${decay} ${rate}`;
    const group = groups.get(key) ?? { decay, rate, names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}
