import type { Backend, CompileOptions, Program } from '../../backend.ts';
import { warnOnce } from './warn-once.ts';

/** What a plugin cannot compile: the operator that its message names, else the first line of the message. */
function obstacle(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const operator = /node '<Node\((\w+)\)/.exec(message)?.[1];
  return operator
    ? `a ${operator} node`
    : `it: ${message.replace(/^compile: the engine refused the model: /, '').split('\n')[0]}`;
}

/**
 * A plugin whose programs run on the CPU if it cannot compile them although it claims to, with a warning that names the
 * obstacle; and those that are compiled with `usesPlugin: false`. On the CPU they compute in float32.
 *
 * @param name the name of the engine in the warning.
 */
export function withFallback(plugin: Backend, cpu: Backend, name: string): Backend {
  return {
    ...plugin,
    name,
    async compile(model: Uint8Array, options: CompileOptions = {}): Promise<Program> {
      const onCpu = () => cpu.compile(model, { ...options, usesBf16: false });
      if (options.usesPlugin === false) return onCpu();
      try {
        return await plugin.compile(model, options);
      } catch (error) {
        const program = await onCpu();
        const type = options.usesBf16 ? ' and in float32' : '';
        warnOnce(
          `engine ${name}: a program runs on the engine cpu${type}, because ${name} cannot compile ${obstacle(error)}`,
        );
        return program;
      }
    },
  };
}
