import type { Command } from 'commander';

/** Adds one verb to the program: its operands, options, examples and what it does. */
export type Verb = (program: Command) => void;

/** A call under `Examples:` in a verb's help, and what it is for. */
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

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The option of every verb that runs a model on many texts. */
export const lowMemory = ['--low-memory', 'keep the weights in memory once: slower at few texts'] as const;

/** The option of every verb that reads a model's tokenizer. */
export const unsafePatterns = [
  '--allow-unsafe-patterns',
  'run regular expressions of tokenizer.json that a text may keep busy for ever: only for a model that you trust',
] as const;
