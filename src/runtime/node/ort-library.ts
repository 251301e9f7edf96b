/** ONNX Runtime's shared library, the one inside `onnxruntime-node`, opened through koffi. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CallQueue } from '../queue/call-queue.ts';
import {
  type OrtFunctionName,
  type OrtParameter,
  type OrtResult,
  ortApiVersion,
  ortEnum,
  ortFunctions,
} from './ort-api-table.ts';

/** An address in native memory. */
export type Address = bigint;

/** Memory passed to the library. Buffers do not move, but must be kept alive. */
export type Memory = Float32Array | Int32Array | BigInt64Array | BigUint64Array | Uint8Array | Int8Array;

type Argument = Address | Memory | number | string | null;

interface NativeFunction {
  (...args: Argument[]): Address | string | number | null;
  async(...args: [...Argument[], (error: Error | null, result: Address | null) => void]): void;
}

type Koffi = typeof import('koffi').default;

/** The library's path in the package, by `process.platform`. */
const libraryNames: Readonly<Record<string, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

/** koffi's name of every type in the table. */
const koffiTypes: Readonly<Record<OrtParameter | OrtResult, string>> = {
  address: 'void *',
  text: 'str',
  status: 'void *',
  path: process.platform === 'win32' ? 'str16' : 'str',
  nothing: 'void',
  int: 'int',
  size: 'size_t',
};

/**
 * Native stack of a call: 8 MiB, like a thread on Linux. koffi switches stacks, and the engine's kernels would have only its
 * defaults, 128 KiB in an asynchronous call. Unused pages cost nothing.
 */
const stackSize = 8 << 20;

/** Asynchronous calls at once. koffi refuses the 257th; libuv has only 4 threads, so many more gain nothing. */
const mostCalls = 64;

function libraryPath(require: NodeJS.Require): string {
  const name = libraryNames[process.platform];
  if (!name) throw new Error(`onnxruntime-node has no library for ${process.platform}`);
  const root = dirname(require.resolve('onnxruntime-node/package.json'));
  return join(root, 'bin', 'napi-v6', process.platform, process.arch, name);
}

export class OrtLibrary {
  readonly version: string;
  /** The path of the library. */
  readonly path: string;
  readonly env: Address;
  readonly cpu: Address;
  readonly allocator: Address;
  readonly #koffi: Koffi;
  readonly #functions: ReadonlyMap<OrtFunctionName, NativeFunction>;
  readonly #trim: NativeFunction | undefined;
  /** Receives the result of a synchronous call through its last parameter. */
  readonly #out = new BigUint64Array(new ArrayBuffer(8));
  readonly #calls = new CallQueue(mostCalls);
  /**
   * Objects that must not be collected: koffi's handle, which closes the library, and the arguments of calls in flight.
   */
  readonly #held = new Set<unknown>();

  /** @throws {Error} when koffi, the library or its functions cannot be loaded on this machine. */
  constructor() {
    const require = createRequire(import.meta.url);
    const koffi: Koffi = require('koffi');
    widenStacks(koffi);
    this.#koffi = koffi;
    this.path = libraryPath(require);
    const handle = koffi.load(this.path);
    this.#held.add(handle);
    const base: Address = handle.func('void *OrtGetApiBase()')();
    const [getApi, getVersionString]: BigUint64Array = koffi.decode(base, 'uintptr_t', 2);
    this.version = koffi.call(getVersionString, koffi.proto('str', []));
    const api: Address | null = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), ortApiVersion);
    if (api === null) throw new Error(`ONNX Runtime ${this.version} does not serve API version ${ortApiVersion}`);
    this.#functions = bindFunctions(koffi, api);
    this.#trim = trimFunction(koffi, this.#held);
    this.env = this.get('CreateEnv', ortEnum.logFatal, 'heddle');
    this.cpu = this.get('CreateCpuMemoryInfo', ortEnum.deviceAllocator, ortEnum.memoryDefault);
    this.allocator = this.get('GetAllocatorWithDefaultOptions');
  }

  /** Calls a function. @throws {Error} with the library's message when its status is not success. */
  call(name: OrtFunctionName, ...args: Argument[]): void {
    this.#check(this.#native(name)(...args));
  }

  /** Calls a function that returns its result instead of a status. */
  query(name: OrtFunctionName, ...args: Argument[]): Address | string | number | null {
    return this.#native(name)(...args);
  }

  /** Calls a function whose last parameter receives the result, and returns that result. */
  get(name: OrtFunctionName, ...args: Argument[]): Address {
    this.#out[0] = 0n;
    this.call(name, ...args, this.#out);
    return this.#out[0];
  }

  /** Calls a function whose last two parameters receive an array of addresses and its length, and returns the array. */
  list(name: OrtFunctionName, ...args: Argument[]): readonly Address[] {
    const array = new BigUint64Array(new ArrayBuffer(8));
    const count = Number(this.get(name, ...args, array));
    return count === 0 ? [] : Array.from(this.#koffi.decode(array[0], 'uintptr_t', count) as BigUint64Array);
  }

  /**
   * Calls a function on another thread, when its turn comes. The memory in `args` and `pinned` stays alive until it
   * returns. If the signal is aborted before that, the function is not called.
   *
   * @throws {Error} with the library's message when its status is not success; the signal's reason.
   */
  async callAsync(
    name: OrtFunctionName,
    args: readonly Argument[],
    { pinned = [], signal }: { readonly pinned?: readonly unknown[]; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    this.#check(await this.#async(this.#native(name), args, pinned, signal));
  }

  /**
   * Returns freed memory to the system. glibc keeps freed memory in an arena per thread. Sessions come and go on any
   * thread of the pool, so each arena would keep the size of its largest session.
   */
  async trim(): Promise<void> {
    if (this.#trim) await this.#async(this.#trim, [0]);
  }

  address(memory: Memory): Address {
    return this.#koffi.address(memory);
  }

  /** The native bytes at `address`, without a copy; invalid once their owner frees them. */
  bytes(address: Address, length: number): Uint8Array {
    return new Uint8Array(length === 0 ? new ArrayBuffer(0) : this.#koffi.view(address, length));
  }

  /** The NUL-terminated string at `address`. */
  text(address: Address): string {
    return this.#koffi.decode.string(address);
  }

  #async(
    native: NativeFunction,
    args: readonly Argument[],
    pinned: readonly unknown[] = [],
    signal?: AbortSignal,
  ): Promise<Address | null> {
    const held = [args, pinned];
    this.#held.add(held);
    const call = (): Promise<Address | null> =>
      new Promise((resolve, reject) =>
        native.async(...args, (error: Error | null, result: Address | null) =>
          error ? reject(error) : resolve(result),
        ),
      );
    return this.#calls.enter(call, signal).finally(() => this.#held.delete(held));
  }

  #native(name: OrtFunctionName): NativeFunction {
    return this.#functions.get(name)!;
  }

  #check(status: Address | string | number | null): void {
    if (typeof status !== 'bigint') return;
    const message = this.#native('GetErrorMessage')(status);
    this.#native('ReleaseStatus')(status);
    throw new Error(String(message));
  }
}

function widenStacks(koffi: Koffi): void {
  const { sync_stack_size = 0, async_stack_size = 0 } = koffi.config();
  if (Math.min(sync_stack_size, async_stack_size) >= stackSize) return;
  try {
    koffi.config({ sync_stack_size: stackSize, async_stack_size: stackSize });
  } catch (cause) {
    throw new Error('koffi was used before the engine was opened, and its native stack is too small', { cause });
  }
}

/** mallopt's parameter: blocks of at least this many bytes come from the system and return to it when freed. */
const mmapThreshold = -3;
const ownMapping = 1 << 20;

/** glibc's `malloc_trim`, if available. Its handle is added to `held`. */
function trimFunction(koffi: Koffi, held: Set<unknown>): NativeFunction | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const handle = koffi.load('libc.so.6');
    held.add(handle);
    handle.func('mallopt', 'int', ['int', 'int'])(mmapThreshold, ownMapping);
    return handle.func('malloc_trim', 'int', ['size_t']);
  } catch {
    return undefined;
  }
}

function bindFunctions(koffi: Koffi, api: Address): ReadonlyMap<OrtFunctionName, NativeFunction> {
  const names = Object.keys(ortFunctions) as OrtFunctionName[];
  const size = Math.max(...names.map((name) => ortFunctions[name].index)) + 1;
  const places: BigUint64Array = koffi.decode(api, 'uintptr_t', size);
  return new Map(
    names.map((name) => {
      const { index, result, parameters } = ortFunctions[name];
      const type = koffi.proto(
        koffiTypes[result],
        parameters.map((parameter) => koffiTypes[parameter]),
      );
      return [name, koffi.decode(places[index], type)];
    }),
  );
}
