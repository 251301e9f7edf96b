/**
 * The functions of ONNX Runtime's C API that the engine calls, by their index in `struct OrtApi`.
 *
 * Indices never change: releases only append functions, and the library asserts this at compile time.
 * Source: onnxruntime/core/session/onnxruntime_c_api.h, where `CreateStatus` is 0.
 */

/**
 * `address` is any pointer, `text` a NUL-terminated UTF-8 string, `path` a string as the system writes file names, `status`
 * an `OrtStatus *` that is null on success.
 */
export type OrtResult = 'status' | 'address' | 'text' | 'int' | 'nothing';
export type OrtParameter = 'address' | 'text' | 'path' | 'int' | 'size';

/** A function's index in the table and its C types. */
export interface OrtFunction {
  readonly index: number;
  readonly result: OrtResult;
  readonly parameters: readonly OrtParameter[];
}

const status = (index: number, ...parameters: OrtParameter[]): OrtFunction => ({ index, result: 'status', parameters });
const release = (index: number): OrtFunction => ({ index, result: 'nothing', parameters: ['address'] });

/** The API version requested: every function below is older, and any later library supports it. */
export const ortApiVersion = 24;

/** Every function that is called, with its parameters. */
export const ortFunctions = {
  /** (status) */
  GetErrorMessage: { index: 2, result: 'text', parameters: ['address'] },
  /** (log severity, log name, out env) */
  CreateEnv: status(3, 'int', 'text', 'address'),
  /** (env, model, bytes, session options, out session) */
  CreateSessionFromArray: status(8, 'address', 'address', 'size', 'address', 'address'),
  /** (session, run options, input names, inputs, count, output names, count, outputs) */
  Run: status(9, 'address', 'address', 'address', 'address', 'size', 'address', 'size', 'address'),
  /** (out options) */
  CreateSessionOptions: status(10, 'address'),
  /** (options, beginning of the file's path) */
  EnableProfiling: status(14, 'address', 'path'),
  /** (options) */
  DisableMemPattern: status(17, 'address'),
  /** (options, severity) */
  SetSessionLogSeverityLevel: status(22, 'address', 'int'),
  /** (options, level) */
  SetSessionGraphOptimizationLevel: status(23, 'address', 'int'),
  /** (options, threads) */
  SetIntraOpNumThreads: status(24, 'address', 'int'),
  /** (options, threads) */
  SetInterOpNumThreads: status(25, 'address', 'int'),
  /** (session, out count) */
  SessionGetInputCount: status(30, 'address', 'address'),
  SessionGetOutputCount: status(31, 'address', 'address'),
  /** (session, index, out type info) */
  SessionGetInputTypeInfo: status(33, 'address', 'size', 'address'),
  SessionGetOutputTypeInfo: status(34, 'address', 'size', 'address'),
  /** (session, index, allocator, out name) */
  SessionGetInputName: status(36, 'address', 'size', 'address', 'address'),
  SessionGetOutputName: status(37, 'address', 'size', 'address', 'address'),
  /** (out run options) */
  CreateRunOptions: status(39, 'address'),
  /** (run options) */
  RunOptionsSetTerminate: status(46, 'address'),
  /** (memory info, data, bytes, shape, rank, element type, out value) */
  CreateTensorWithDataAsOrtValue: status(49, 'address', 'address', 'size', 'address', 'size', 'int', 'address'),
  /** (value, out data) */
  GetTensorMutableData: status(51, 'address', 'address'),
  /** (type info, out tensor info or null, owned by the type info) */
  CastTypeInfoToTensorInfo: status(55, 'address', 'address'),
  /** (tensor info, out element type) */
  GetTensorElementType: status(60, 'address', 'address'),
  /** (tensor info, out rank) */
  GetDimensionsCount: status(61, 'address', 'address'),
  /** (tensor info, out sizes, rank) */
  GetDimensions: status(62, 'address', 'address', 'size'),
  /** (tensor info, out names, rank) */
  GetSymbolicDimensions: status(63, 'address', 'address', 'size'),
  /** (value, out tensor info) */
  GetTensorTypeAndShape: status(65, 'address', 'address'),
  /** (allocator type, memory type, out memory info) */
  CreateCpuMemoryInfo: status(69, 'int', 'int', 'address'),
  /** (allocator, memory) */
  AllocatorFree: status(76, 'address', 'address'),
  /** (out allocator) */
  GetAllocatorWithDefaultOptions: status(78, 'address'),
  ReleaseStatus: release(93),
  ReleaseSession: release(95),
  ReleaseValue: release(96),
  ReleaseRunOptions: release(97),
  ReleaseTypeInfo: release(98),
  ReleaseTensorTypeAndShapeInfo: release(99),
  ReleaseSessionOptions: release(100),
  /** (session, allocator, out path of the file) */
  SessionEndProfiling: status(110, 'address', 'address', 'address'),
  /** (options, key, value) */
  AddSessionConfigEntry: status(130, 'address', 'text', 'text'),
  /** (options, initializer's name, value over the caller's memory) */
  AddInitializer: status(150, 'address', 'text', 'address'),
  /** (out container) */
  CreatePrepackedWeightsContainer: status(166, 'address'),
  ReleasePrepackedWeightsContainer: release(167),
  /** (env, model, bytes, session options, container, out session) */
  CreateSessionFromArrayWithPrepackedWeightsContainer: status(
    169,
    'address',
    'address',
    'size',
    'address',
    'address',
    'address',
  ),
  /** (pairs, key) → value or null */
  GetKeyValue: { index: 297, result: 'text', parameters: ['address', 'text'] },
  /** (env, name of the registration, library) */
  RegisterExecutionProviderLibrary: status(301, 'address', 'text', 'path'),
  /** (env, name of the registration) */
  UnregisterExecutionProviderLibrary: status(302, 'address', 'text'),
  /** (env, out devices, owned by the env, out count) */
  GetEpDevices: status(303, 'address', 'address', 'address'),
  /** (options, env, devices, count, keys of the provider's options, their values, count) */
  SessionOptionsAppendExecutionProvider_V2: status(
    304,
    'address',
    'address',
    'address',
    'size',
    'address',
    'address',
    'size',
  ),
  /** (hardware device) */
  HardwareDevice_VendorId: { index: 308, result: 'int', parameters: ['address'] },
  /** (device) */
  EpDevice_EpName: { index: 312, result: 'text', parameters: ['address'] },
  /** (device) → pairs, owned by the device */
  EpDevice_EpMetadata: { index: 314, result: 'address', parameters: ['address'] },
  /** (device) → hardware device, owned by the env */
  EpDevice_Device: { index: 316, result: 'address', parameters: ['address'] },
  /** (session, out parts of its graph, owned by the session, out count); only where the session records them */
  Session_GetEpGraphAssignmentInfo: status(407, 'address', 'address', 'address'),
  /** (part, out name of its provider) */
  EpAssignedSubgraph_GetEpName: status(408, 'address', 'address'),
  /** (part, out nodes, owned by the session, out count) */
  EpAssignedSubgraph_GetNodes: status(409, 'address', 'address', 'address'),
  /** (node, out operator) */
  EpAssignedNode_GetOperatorType: status(412, 'address', 'address'),
} as const satisfies Record<string, OrtFunction>;

/** A function of the table. */
export type OrtFunctionName = keyof typeof ortFunctions;

/** Every `ONNXTensorElementDataType` from 0, by its name in messages, including those that no graph here uses. */
export const elementTypeNames = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
] as const;

/** Values of the other enumerations used here. */
export const ortEnum = {
  /** `OrtLoggingLevel`: errors reach the caller as exceptions, so only a fatal one is also printed. */
  logFatal: 4,
  /** `GraphOptimizationLevel` */
  optimizeAll: 99,
  /** `OrtAllocatorType` */
  deviceAllocator: 0,
  /** `OrtMemType` */
  memoryDefault: 0,
} as const;
