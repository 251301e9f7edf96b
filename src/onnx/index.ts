export { type Initializer, type Initializers, irVersion, type LoweredModel, lower, opsetVersion } from './lower.ts';
