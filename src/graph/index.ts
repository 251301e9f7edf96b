/** The graph: tensors without values, ops as rows, and the readings that need no engine. */
export * from './composite.ts';
export * from './ir/constant.ts';
export * from './ir/dimension.ts';
export * from './ir/lowering.ts';
export * from './ir/op.ts';
export * from './ir/print.ts';
export * from './ir/shape.ts';
export * from './ir/strides.ts';
export * from './ir/tensor.ts';
export * from './ir/value.ts';
export * from './loop/scan.ts';
export * from './passes/gradient.ts';
export * from './passes/interpret.ts';
export * from './passes/simplify.ts';
export * from './passes/substitute.ts';
export * from './primitives/elementwise.ts';
export * from './primitives/primitive.ts';
