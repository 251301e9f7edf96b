import { type FormedModel, forLength, formName } from '../../models/text-length.ts';
import type { Scope } from '../../nn/index.ts';
import type { Backend, CompileOptions, Feeds } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import type { EncodedRow } from '../run/encoded-row.ts';
import { type GraphOutputs, type HostOutputs, ModelProgram } from './model-program.ts';

/** A forward pass over rows, as data: its graph, its inputs for rows, and what each row gets from its outputs. */
export interface RowProgram<Row extends EncodedRow, Result, Outputs extends object = object> {
  /** The beginning of the error for calls after disposal: `the tagger` … is disposed. */
  readonly name: string;
  outputs(root: Scope): Outputs & GraphOutputs;
  /** The inputs of a batch. */
  feeds(rows: readonly Row[]): Feeds;
  /** One result per row, in order. */
  results(outputs: HostOutputs<Outputs>, rows: readonly Row[]): readonly Result[];
}

/** Makes the program of a model, in whatever form the model is. */
export type ProgramOf<Setup extends FormedModel, Row extends EncodedRow, Result> = (
  setup: Setup,
) => RowProgram<Row, Result>;

/** A program of one form, compiled for every lane. */
export interface CompiledForm<Row extends EncodedRow, Result> {
  readonly program: RowProgram<Row, Result>;
  readonly lanes: readonly ModelProgram<object>[];
}

/** The programs of a model, one for each of its forms. Must be disposed of. */
export interface CompiledForms<Row extends EncodedRow, Result> {
  /** The program for texts of so many tokens, compiled when it is first needed. */
  at(tokens: number): Promise<CompiledForm<Row, Result>>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/** Compiles the forms of a model, each for lanes with these options. */
export function compiledForms<Setup extends FormedModel, Row extends EncodedRow, Result>(
  programOf: ProgramOf<Setup, Row, Result>,
  setup: Setup,
  engine: Backend | SharedWeights,
  options: readonly CompileOptions[],
): CompiledForms<Row, Result> {
  const compiled = new Map<string, Promise<CompiledForm<Row, Result>>>();
  const compile = async (form: Setup): Promise<CompiledForm<Row, Result>> => {
    const program = programOf(form);
    const lanes: ModelProgram<object>[] = [];
    try {
      for (const own of options) lanes.push(await ModelProgram.make((root) => program.outputs(root), engine, own));
    } catch (error) {
      await Promise.all(lanes.map((lane) => lane.dispose()));
      throw error;
    }
    return { program, lanes };
  };
  return {
    at(tokens) {
      const name = formName(setup, tokens);
      const known = compiled.get(name);
      if (known) return known;
      const made = compile(forLength(setup, tokens));
      compiled.set(name, made);
      made.catch(() => compiled.delete(name));
      return made;
    },
    async dispose() {
      const all = await Promise.allSettled(compiled.values());
      const lanes = all.flatMap((form) => (form.status === 'fulfilled' ? form.value.lanes : []));
      await Promise.all(lanes.map((lane) => lane.dispose()));
    },
  };
}
