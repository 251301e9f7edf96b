export { type Initializers, irVersion, type LoweredModel, lower, opsetVersion } from './lower.ts';
