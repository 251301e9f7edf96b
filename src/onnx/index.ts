export { externalFile } from './graph-builder.ts';
export { type Initializer, type Initializers, irVersion, type LoweredModel, lower, opsetVersion } from './lower.ts';
