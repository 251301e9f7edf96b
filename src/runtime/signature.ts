/** The inputs and outputs of a program, and the check of a call against them: the same messages from every engine. */

import { type Elements, hostTypes } from '../graph/ir/dtype.ts';
import { elementCount } from '../graph/ir/value.ts';
import { InputError, reportAll } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';
import type { EngineTensor, Feeds, HostTensor, HostType, RunOptions } from './backend.ts';

/** One input or output: its type and its shape, where a string is a symbol for any size. */
export interface TensorSignature {
  readonly name: string;
  readonly type: HostType;
  readonly shape: readonly (number | string)[];
}

/** The inputs and outputs of a program, by name and in the model's order. */
export interface Signature {
  readonly inputs: ReadonlyMap<string, TensorSignature>;
  readonly outputs: ReadonlyMap<string, TensorSignature>;
}

/** Whether a `HostTensor` can have the type with this name in ONNX Runtime. */
export const isHostType = (type: string): type is HostType => Object.hasOwn(hostTypes, type);

/** An input or output as an engine describes it; `type` is ONNX Runtime's name, or `no tensor`. */
export interface ValueDescription {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/**
 * The inputs, or the outputs, of a model.
 *
 * @throws {InputError} when one has a type that no `HostTensor` has, or the name `__proto__`, which would be the
 *   prototype of a record such as feeds.
 */
export function signaturesOf(values: readonly ValueDescription[]): ReadonlyMap<string, TensorSignature> {
  return new Map(
    values.map(({ name, type, shape }) => {
      if (name === '__proto__') throw new InputError('compile: no input or output may be named "__proto__"');
      if (isHostType(type)) return [name, { name, type, shape }];
      throw new InputError(`compile: "${name}" must be ${Object.keys(hostTypes).join(', ')}, got ${type}`);
    }),
  );
}

/** Whether `data` is the array type for elements of `type`. */
export const areElements = (type: HostType, data: unknown): data is Elements => data instanceof hostTypes[type].array;

/** A typed array of the kind for `type`, as a view of `buffer`. */
export function hostArray(type: HostType, buffer: ArrayBuffer): Elements {
  return new hostTypes[type].array(buffer);
}

/** Whether a tensor is kept by its engine. */
export function isEngineTensor(tensor: HostTensor | EngineTensor): tensor is EngineTensor {
  return 'kind' in tensor;
}

const quote = (names: Iterable<string>): string => [...names].map((name) => `"${name}"`).join(', ') || 'none';

function unknownName(kind: 'input' | 'output', name: string, known: ReadonlyMap<string, TensorSignature>): string {
  return `there is no ${kind} "${name}" (${kind}s: ${quote(known.keys())})${didYouMean(name, known.keys())}`;
}

/** What is wrong with `tensor` as the value of `wanted`, or undefined. */
function mismatch(label: string, wanted: TensorSignature, tensor: HostTensor | EngineTensor): string | undefined {
  const { type, shape } = tensor;
  if (type !== wanted.type) return `${label} must be ${wanted.type}, got ${type}`;
  const fits =
    shape.length === wanted.shape.length &&
    shape.every((size, axis) => typeof wanted.shape[axis] === 'string' || size === wanted.shape[axis]);
  if (!fits) return `${label} must have shape [${wanted.shape.join(', ')}], got [${shape.join(', ')}]`;
  if (isEngineTensor(tensor)) return undefined;
  const { array } = hostTypes[type];
  if (!(tensor.data instanceof array)) {
    return `${label} is ${type}, its data must be a ${array.name}, got a ${tensor.data?.constructor?.name}`;
  }
  const count = elementCount(shape);
  if (tensor.data.length !== count) {
    return `${label} of shape [${shape.join(', ')}] must have ${count} elements, got ${tensor.data.length}`;
  }
  return undefined;
}

/** What is wrong with the outputs that may be written over inputs. */
function overwriteFaults({ inputs }: Signature, feeds: Feeds, { keep = [], overwrite = {} }: RunOptions): string[] {
  const spent = Object.entries(overwrite);
  return spent.flatMap(([output, input]) => {
    const uses = Object.entries(feeds).filter(([, tensor]) => isEngineTensor(tensor) && tensor === feeds[input]);
    return [
      ...(keep.includes(output) ? [] : [`output "${output}" must be in "keep" to be written over input "${input}"`]),
      ...(inputs.has(input) ? [] : [unknownName('input', input, inputs)]),
      ...(uses.length > 1
        ? [`a tensor to be written over must be one input, got it as ${quote(uses.map(([name]) => name))}`]
        : []),
      ...(spent.some(([other, same]) => same === input && other < output)
        ? [`input "${input}" must be written over by one output, got "${output}" and another`]
        : []),
    ];
  });
}

/** Disposes of the kept tensors that a run could have written over, at its end, however it ends. */
export function disposeSpent(feeds: Feeds, { overwrite = {} }: RunOptions): void {
  for (const input of Object.values(overwrite)) {
    const tensor = feeds[input];
    if (tensor && isEngineTensor(tensor)) tensor.dispose();
  }
}

/**
 * Checks a call and returns the names of the requested outputs, in order, each once.
 *
 * @throws {InputError} every violation at once: a missing or unknown input, an unknown output, a tensor of another type
 * or shape, an output both kept and written to a given tensor, a tensor that cannot be written over.
 */
export function checkRun(signature: Signature, feeds: Feeds, options: RunOptions): readonly string[] {
  const { inputs, outputs } = signature;
  const violations: (string | undefined)[] = [];
  for (const name of inputs.keys()) {
    if (!Object.hasOwn(feeds, name)) violations.push(`input "${name}" is missing, got ${quote(Object.keys(feeds))}`);
  }
  for (const [name, tensor] of Object.entries(feeds)) {
    const wanted = inputs.get(name);
    violations.push(wanted ? mismatch(`input "${name}"`, wanted, tensor) : unknownName('input', name, inputs));
  }
  const fetch = [...new Set(options.fetch ?? outputs.keys())];
  for (const name of fetch) if (!outputs.has(name)) violations.push(unknownName('output', name, outputs));
  const into = options.into ?? {};
  for (const [name, tensor] of Object.entries(into)) {
    const wanted = outputs.get(name);
    violations.push(
      wanted ? mismatch(`the tensor for output "${name}"`, wanted, tensor) : unknownName('output', name, outputs),
    );
  }
  for (const name of options.keep ?? []) {
    if (!outputs.has(name)) violations.push(unknownName('output', name, outputs));
    if (Object.hasOwn(into, name)) violations.push(`output "${name}" cannot be both in "keep" and in "into"`);
  }
  violations.push(...overwriteFaults(signature, feeds, options));
  const found = violations.filter((violation) => violation !== undefined);
  if (found.length) throw reportAll('run', found);
  return fetch;
}
