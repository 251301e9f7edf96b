/** The graph: tensors without values, ops as rows, and the readings that need no engine. */
export * from './composite.ts';
export * from './constant.ts';
export * from './dimension.ts';
export * from './elementwise.ts';
export * from './gradient.ts';
export * from './interpret.ts';
export * from './loop.ts';
export * from './lowering.ts';
export * from './op.ts';
export * from './primitive.ts';
export * from './print.ts';
export * from './scan.ts';
export * from './shape.ts';
export * from './simplify.ts';
export * from './substitute.ts';
export * from './tensor.ts';
export * from './value.ts';
