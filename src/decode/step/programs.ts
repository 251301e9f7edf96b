import { inputName, interpret, topological, value } from '../../graph/index.ts';
import { InputError, reportAll } from '../../io/error.ts';
import type { DecoderState, SequenceToSequenceModel } from '../../models/body/decoder.ts';
import { Trace } from '../../nn/index.ts';
import type { CompileOptions, Program } from '../../runtime/backend.ts';
import { QuantizedWeights, weightLength } from '../../runtime/quantized-weights.ts';
import { isState, readGraph, type StepRules, startGraph, stepGraph } from './graph.ts';
import { type OutputParts, partsFor } from './output-parts.ts';
import type { PlacedModels, StepGraph } from './placed-models.ts';
import { ProgramCache } from './program-cache.ts';
import { type PlacedEntry, placedEntries, type Regrouping, regroupGraph } from './regroup.ts';

/** Weights by their names in the checkpoint. */
export type Parameters = ReadonlyMap<string, Float32Array>;

/** One step, compiled for its rules. */
export interface StepProgram {
  readonly program: Program;
  readonly rules: StepRules;
}

type Work<P, T> = (program: P) => Promise<T>;

/** The most sessions for the programs of one batch: start, read, resize, compact, join, and two kinds of step, also in parts. */
const mostPrograms = 9;

/**
 * The programs that decode one batch at a time; each is compiled when needed and evicted when others are needed more.
 */
export class Programs {
  readonly model: SequenceToSequenceModel;
  /** The results of `start`, by name. */
  readonly state: DecoderState;
  /** The tensors of the state that have places. */
  readonly placed: readonly PlacedEntry[];
  readonly #hasBias: boolean;
  /** Of the output layer's weight. */
  readonly #outputBytes: number;
  readonly #models: PlacedModels;
  readonly #options: CompileOptions;
  readonly #cache = new ProgramCache(mostPrograms);

  constructor(model: SequenceToSequenceModel, parameters: Parameters, models: PlacedModels, options: CompileOptions) {
    this.model = model;
    this.#hasBias = hasBias(model, parameters);
    this.#outputBytes = outputBytes(model, parameters);
    this.state = startGraph(model).state;
    this.placed = placedEntries(model, this.state);
    this.#models = models;
    this.#options = options;
  }

  /** Whether one step with many tokens equals many steps: nothing is passed from one token to the next. */
  get readsAtOnce(): boolean {
    return Object.values(this.state).every(({ kind }) => kind !== 'rows') && Object.keys(this.model.slots).length > 0;
  }

  /** Encodes sources. */
  start<T>(work: Work<Program, T>): Promise<T> {
    return this.#use('start', () => startGraph(this.model), work);
  }

  /** Calls `work` with steps of one kind. */
  step<T>(rules: StepRules, work: Work<StepProgram, T>): Promise<T> {
    return this.#use(
      `step ${JSON.stringify(rules)}`,
      () => stepGraph(this.model, this.state, rules, this.#hasBias),
      (program) => work({ program, rules }),
    );
  }

  /** The parts in which large batches with so many beams compute their output layer; undefined: as a whole. */
  outputParts({ drawn, candidates }: StepRules, beams: number): OutputParts | undefined {
    const { parallelism, habits } = this.#models.weights.backend;
    const tokens = this.model.vocabulary.target;
    // Other engines have another memory, or arrange their work by themselves.
    const isCpu = parallelism !== undefined && !habits;
    return isCpu && drawn === 'none' && candidates <= tokens ? partsFor(tokens, this.#outputBytes, beams) : undefined;
  }

  /** Reads tokens of prompts; for {@link readsAtOnce}. */
  read<T>(work: Work<Program, T>): Promise<T> {
    return this.#use('read', () => readGraph(this.model, this.state), work);
  }

  /** Keeps only the state that is still needed, or adds that of another batch. */
  regroup<T>(kind: Regrouping, work: Work<Program, T>): Promise<T> {
    return this.#use(kind, () => ({ outputs: regroupGraph(this.model, this.state, kind) }), work);
  }

  /** Uses any graph over the model's parameters; a name always means the same graph. */
  other<T>(name: string, graph: () => StepGraph, work: Work<Program, T>): Promise<T> {
    return this.#use(`other ${name}`, graph, work);
  }

  /** Frees every session. None may be in use. */
  dispose(): Promise<void> {
    return this.#cache.dispose();
  }

  #use<T>(key: string, graph: () => StepGraph, work: Work<Program, T>): Promise<T> {
    const keeps = (output: string) => isState(output, this.state);
    return this.#cache.use(key, () => this.#models.compile(key, graph, keeps, this.#options), work);
  }
}

/** Whether the output layer's bias has a number other than 0. */
function hasBias(model: SequenceToSequenceModel, parameters: Parameters): boolean {
  const { bias } = model.head(new Trace().root);
  const inputs = topological([bias]).flatMap(({ outputs: [tensor] }) => {
    const name = tensor && inputName(tensor);
    return tensor && name ? [[name, tensor.shape.map(Number), parameters.get(name)] as const] : [];
  });
  const feeds = inputs.flatMap(([name, shape, data]) => (data ? [[name, value(shape, data)] as const] : []));
  if (feeds.length < inputs.length) return true;
  return interpret([bias], Object.fromEntries(feeds)).some(({ data }) => data.some((number) => number !== 0));
}

/** The bytes of the output layer's weight as the engine reads it. */
function outputBytes(model: SequenceToSequenceModel, parameters: Parameters): number {
  const { weight } = model.head(new Trace().root);
  const name = inputName(weight);
  const isQuantized = name !== null && parameters instanceof QuantizedWeights && parameters.matrix(name) !== undefined;
  return weight.shape.reduce<number>((size, count) => size * Number(count), isQuantized ? 1 : 4);
}

/** Any step, because all read the same parameters. */
const anyRules: StepRules = { normalized: 'after', candidates: 1, showsAttention: false, drawn: 'none', changes: true };

/** @throws {InputError} for every parameter of the model that is missing or of another size. */
export function checkParameters(model: SequenceToSequenceModel, parameters: Parameters): void {
  const start = startGraph(model);
  const step = stepGraph(model, start.state, anyRules);
  const wanted = new Map([...start.trace.parameters, ...step.trace.parameters]);
  const violations = [...wanted].flatMap(([name, { shape }]) => {
    const size = shape.reduce((n, s) => n * s, 1);
    const found = weightLength(parameters, name);
    return found === size ? [] : [`${name} must have ${size} values, [${shape.join(', ')}], got ${found ?? 'none'}`];
  });
  if (violations.length) throw reportAll('parameters', violations);
}

/** Selects the inputs of a program. @throws {InputError} when one is missing. */
export function feedsOf<T>(program: Program, available: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    program.inputs.map((name) => {
      const value = Object.hasOwn(available, name) ? available[name] : undefined;
      if (value === undefined) throw new InputError(`decode: nothing to feed as "${name}"`);
      return [name, value];
    }),
  );
}
