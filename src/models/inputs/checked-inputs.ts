import type { DimLike } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import { int32Data, type Tensor } from '../../weights/tensor.ts';
import type { HostFeeds, InputSpec } from './input-spec.ts';

/** The label that losses ignore, as in PyTorch. */
export const ignoredLabel = -100;

const shown = (shape: readonly DimLike[]): string => `[${shape.join(', ')}]`;

/** `[1, 2]`: where a number stands in a tensor. */
function placeOf(at: number, shape: readonly number[]): string {
  let rest = at;
  const place = shape.map((_, axis) => {
    const stride = shape.slice(axis + 1).reduce((count, size) => count * size, 1);
    const index = Math.floor(rest / stride);
    rest %= stride;
    return index;
  });
  return shown(place);
}

/** The inputs of one call: each is checked when it is first read, and completed if it can be made from others. */
class CheckedInputs {
  readonly #specs: ReadonlyMap<string, InputSpec>;
  readonly #given: ReadonlyMap<string, Tensor>;
  readonly #checked = new Map<string, HostTensor>();
  /** The size of each symbol, and the input that set it. */
  readonly #sizes = new Map<string, number>();

  constructor(specs: readonly InputSpec[], given: ReadonlyMap<string, Tensor>) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#given = given;
    for (const name of given.keys()) {
      if (this.#specs.has(name)) continue;
      const names = [...this.#specs.keys()];
      throw new InputError(`inputs: expected ${names.join(', ')}, got "${name}"${didYouMean(name, names)}`);
    }
  }

  get feeds(): HostFeeds {
    for (const spec of this.#specs.values()) {
      if (this.#read(spec.name) || spec.absent === 'optional') continue;
      if (spec.absent === 'refused') {
        const got = [...this.#given.keys()].join(', ') || 'none';
        throw new InputError(`inputs: expected ${spec.name}, got ${got}`);
      }
      this.#checked.set(
        spec.name,
        spec.absent((name) => this.#read(name)),
      );
    }
    return Object.fromEntries([...this.#specs.keys()].flatMap((name) => this.#entry(name)));
  }

  #entry(name: string): [string, HostTensor][] {
    const checked = this.#checked.get(name);
    return checked ? [[name, checked]] : [];
  }

  #read(name: string): HostTensor | undefined {
    const known = this.#checked.get(name);
    if (known) return known;
    const tensor = this.#given.get(name);
    const spec = this.#specs.get(name);
    if (!tensor || !spec) return undefined;
    this.#checkShape(spec, tensor.shape);
    const host = hostTensor(spec, tensor);
    this.#checked.set(name, host);
    this.#checkNumbers(spec, host);
    return host;
  }

  #checkShape({ name, shape, most }: InputSpec, got: readonly number[]): void {
    if (got.length !== shape.length || got.includes(0)) {
      const isOpen = shape.some((size) => typeof size !== 'number' && !this.#sizes.has(String(size)));
      const expected = isOpen ? `${shown(shape)} without 0` : shown(this.#bound(shape));
      throw new InputError(`inputs ${name}: expected shape ${expected}, got ${shown(got)}`);
    }
    if (shape.some((size, axis) => this.#sizeOf(size) !== undefined && this.#sizeOf(size) !== got[axis])) {
      const other = [...this.#checked].find(([key]) => this.#specs.get(key)?.shape.join() === shape.join());
      const expected = other
        ? `the shape of ${other[0]} ${shown(other[1].shape)}`
        : `shape ${shown(this.#bound(shape))}`;
      throw new InputError(`inputs ${name}: expected ${expected}, got ${shown(got)}`);
    }
    shape.forEach((size, axis) => {
      if (typeof size !== 'number') this.#sizes.set(String(size), got[axis]);
    });
    const tokens = got[got.length - 1];
    if (most !== undefined && tokens > most) {
      throw new InputError(`inputs ${name}: expected at most ${most} tokens (max_position_embeddings), got ${tokens}`);
    }
  }

  #sizeOf = (size: DimLike): number | undefined => (typeof size === 'number' ? size : this.#sizes.get(String(size)));

  #bound = (shape: readonly DimLike[]): readonly DimLike[] => shape.map((size) => this.#sizeOf(size) ?? size);

  #checkNumbers({ name, range, isMask, isLabel, check }: InputSpec, host: HostTensor): void {
    const { data, shape } = host;
    const refuse = (isAllowed: (n: number) => boolean, rule: string): void => {
      const at = (data as Int32Array).findIndex((n) => !isAllowed(n));
      if (at < 0) return;
      throw new InputError(`inputs ${name}: expected ${rule}, got ${data[at]}, at ${placeOf(at, shape)}`);
    };
    if (isMask) refuse((n) => n === 0 || n === 1, '0 or 1');
    const limits = typeof range === 'function' ? range((other) => this.#read(other)) : range;
    if (limits) {
      const { what, below, field } = limits;
      const rule = `${what} in 0 … ${below - 1}${field ? ` (${field} ${below})` : ''}`;
      const isIn = (n: number) => n >= 0 && n < below;
      if (isLabel) refuse((n) => isIn(n) || n === ignoredLabel, `${rule} or ${ignoredLabel}`);
      else refuse(isIn, rule);
    }
    check?.(host, (other) => this.#read(other));
  }
}

function hostTensor({ name, dtype }: InputSpec, tensor: Tensor): HostTensor {
  const { shape } = tensor;
  if (dtype === 'int32') return { type: 'int32', shape, data: int32Data(tensor, name) };
  const { data } = tensor;
  return {
    type: 'float32',
    shape,
    data: data instanceof Float32Array ? data.slice() : Float32Array.from(data, Number),
  };
}

/**
 * Checks the inputs of a model and makes those that follow from others, such as a mask of ones.
 *
 * @throws {InputError} for an unknown or missing input, shapes that disagree, a number out of range (with its place), a
 *   mask with other values than 0 and 1, or more tokens than the model has positions.
 */
export const checkedInputs = (specs: readonly InputSpec[], given: ReadonlyMap<string, Tensor>): HostFeeds =>
  new CheckedInputs(specs, given).feeds;

/** Refuses labels that losses ignore throughout. `first`: the first column that the loss reads. @throws {InputError} */
export const someLabel =
  (name: string, first = 0) =>
  ({ data, shape }: HostTensor): void => {
    const columns = shape[shape.length - 1];
    if ((data as Int32Array).some((id, i) => id !== ignoredLabel && i % columns >= first)) return;
    const after = first > 0 ? ` after the first token of its row` : '';
    throw new InputError(`inputs ${name}: expected a label that is not ${ignoredLabel}${after}, got none`);
  };
