import { type Command, Option } from 'commander';
import { type ModelDtype, modelDtypes } from '../tasks/model/model-dtype.ts';

/** Adds one verb to the program: its arguments, options, examples and action. */
export type Verb = (program: Command) => void;

/** A call under `Examples:` in a verb's help, with its purpose. */
export type Example = readonly [call: string, purpose: string];

/** The end of a help text. */
export function exampleText(examples: readonly Example[]): string {
  const width = Math.max(...examples.map(([call]) => call.length));
  const isWide = width > 60;
  const lines = examples.map(([call, purpose]) =>
    isWide ? `  # ${purpose}\n  ${call}` : `  ${call.padEnd(width)}  # ${purpose}`,
  );
  return `\nExamples:\n${lines.join('\n')}\n`;
}

/** For options that can be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What the verbs that use a finished model on many texts have in common. */
export interface ModelCall {
  readonly set?: readonly string[];
  readonly allowUnsafePatterns?: boolean;
  readonly lowMemory?: boolean;
  readonly engine?: string;
  readonly dtype?: ModelDtype;
}

/** The option of every verb that runs a model on many texts. */
export const lowMemory = ['--low-memory', 'keep the weights in memory once; slower for few texts'] as const;

/** The option of every verb that runs a model. */
export const engine = [
  '--engine <name>',
  'engine: cpu, binding, wasm, openvino[:PATH] or plugin:PATH; `heddle engines` lists them (default: HEDDLE_ENGINE or cpu)',
] as const;

/** The option of the verbs that use a finished model. */
export const dtype = (): Option =>
  new Option(
    '--dtype <type>',
    'how the model computes; bf16 needs --engine openvino (default: as the folder stores it)',
  ).choices(modelDtypes);

/** The option of every verb that loads a tokenizer. */
export const unsafePatterns = [
  '--allow-unsafe-patterns',
  'allow regular expressions in tokenizer.json that may take hours on a short text; only for models you trust',
] as const;
