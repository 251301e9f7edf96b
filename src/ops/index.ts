/** Every op that is not one of the graph's own primitives, and all of them as a list for the generated suite. */
export * from './activation.ts';
export * from './along.ts';
export * from './arithmetic.ts';
export * from './attention.ts';
export * from './axis-part.ts';
export * from './cross-entropy.ts';
export * from './dropout.ts';
export * from './embedding.ts';
export * from './layer-norm.ts';
export * from './layout.ts';
export * from './logic.ts';
export * from './matmul.ts';
export * from './range.ts';
export * from './rectifier.ts';
export * from './reduction.ts';
export * from './softmax.ts';
export * from './trigonometry.ts';
