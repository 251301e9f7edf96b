import { InputError } from '../io/error.ts';
import type { Backend } from './backend.ts';

/**
 * Checks that an engine computes in bfloat16 on this machine.
 *
 * @param where what asks for it, for errors: `train.bf16`.
 * @throws {InputError} when the engine has no bfloat16, or the machine lacks what it needs.
 */
export function checkBf16({ name, bf16 }: Backend, where: string): void {
  if (!bf16) throw new InputError(`${where}: expected an engine with bfloat16, such as openvino, got ${name}`);
  if (bf16.missing !== undefined) throw new InputError(`${where}: ${name} needs ${bf16.missing}`);
}

/**
 * A backend whose programs compute in bfloat16; inputs and outputs stay float32.
 *
 * @param where what asks for it, for errors: `dtype`.
 * @throws {InputError} as {@link checkBf16}.
 */
export function withBf16(backend: Backend, where: string): Backend {
  checkBf16(backend, where);
  return { ...backend, compile: (model, options) => backend.compile(model, { ...options, usesBf16: true }) };
}
