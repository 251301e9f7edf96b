import type { Tensor } from '../../graph/index.ts';
import { InputError, reportAll } from '../../io/error.ts';
import type { DecoderState, SequenceToSequenceModel } from '../../models/sequence-to-sequence.ts';
import type { CompileOptions, Program } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import { compactGraph } from './compact.ts';
import { readGraph, type StepRules, startGraph, stepGraph } from './graph.ts';

/** Weights by their checkpoint's names. */
export type Parameters = ReadonlyMap<string, Float32Array>;

/** One step, compiled for its rules. */
export interface StepProgram {
  readonly program: Program;
  readonly rules: StepRules;
  /** Places of a beam among the candidates. */
  readonly width: number;
}

/** The programs that decode one batch at a time; each is compiled when first asked for. */
export class Programs {
  readonly model: SequenceToSequenceModel;
  /** What `start` gives, by name. */
  readonly state: DecoderState;
  readonly #weights: SharedWeights;
  readonly #options: CompileOptions;
  readonly #compiled = new Map<string, Promise<Program>>();
  readonly #widths = new Map<string, number>();

  constructor(model: SequenceToSequenceModel, weights: SharedWeights, options: CompileOptions) {
    this.model = model;
    this.state = startGraph(model).state;
    this.#weights = weights;
    this.#options = options;
  }

  /** Whether any state belongs to sentences, so that finished ones can be left out of it; rows follow the beams. */
  get hasSharedState(): boolean {
    return Object.values(this.state).some(({ kind }) => kind === 'source') || Object.keys(this.model.slots).length > 0;
  }

  /** Whether a step of many tokens at once is as good as many steps: nothing is handed from one to the next. */
  get readsAtOnce(): boolean {
    return Object.values(this.state).every(({ kind }) => kind !== 'rows') && Object.keys(this.model.slots).length > 0;
  }

  start(): Promise<Program> {
    return this.#compile('start', () => startGraph(this.model));
  }

  async step(rules: StepRules): Promise<StepProgram> {
    const key = JSON.stringify(rules);
    const program = await this.#compile(key, () => {
      const graph = stepGraph(this.model, this.state, rules);
      this.#widths.set(key, graph.width);
      return graph;
    });
    return { program, rules, width: this.#widths.get(key)! };
  }

  /** Reads tokens of prompts; for {@link readsAtOnce}. */
  read(): Promise<Program> {
    return this.#compile('read', () => readGraph(this.model, this.state));
  }

  compact(): Promise<Program> {
    return this.#compile('compact', () => ({ outputs: compactGraph(this.model, this.state) }));
  }

  /** Compiles any graph over the model's parameters, once for each name. */
  other(name: string, graph: () => { readonly outputs: Readonly<Record<string, Tensor>> }): Promise<Program> {
    return this.#compile(`other ${name}`, graph);
  }

  /** Frees every session. */
  async dispose(): Promise<void> {
    const compiled = await Promise.allSettled(this.#compiled.values());
    this.#compiled.clear();
    await Promise.all(compiled.map((result) => (result.status === 'fulfilled' ? result.value.dispose() : undefined)));
  }

  #compile(key: string, graph: () => { readonly outputs: Readonly<Record<string, Tensor>> }): Promise<Program> {
    const known = this.#compiled.get(key);
    if (known) return known;
    const program = this.#weights.compile(graph().outputs, this.#options);
    this.#compiled.set(key, program);
    program.catch(() => this.#compiled.delete(key));
    return program;
  }
}

/** Any step reads the same parameters. */
const anyRules: StepRules = {
  isGreedy: true,
  repetitionPenalty: 1,
  renormalize: false,
  bannedTokens: [],
  hasChangingBans: false,
  candidates: 1,
  showsAttention: false,
  drawn: 'none',
};

/** @throws {InputError} for every parameter of the model that is missing or of another size. */
export function checkParameters(model: SequenceToSequenceModel, parameters: Parameters): void {
  const start = startGraph(model);
  const step = stepGraph(model, start.state, anyRules);
  const wanted = new Map([...start.trace.parameters, ...step.trace.parameters]);
  const violations = [...wanted].flatMap(([name, { shape }]) => {
    const size = shape.reduce((n, s) => n * s, 1);
    const found = parameters.get(name)?.length;
    return found === size ? [] : [`${name} must have ${size} values, [${shape.join(', ')}], got ${found ?? 'none'}`];
  });
  if (violations.length) throw reportAll('parameters', violations);
}

/** A program's inputs out of all that could be fed. @throws {InputError} when one is missing. */
export function feedsOf<T>(program: Program, available: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    program.inputs.map((name) => {
      if (!Object.hasOwn(available, name)) throw new InputError(`decode: nothing to feed as "${name}"`);
      return [name, available[name]];
    }),
  );
}
