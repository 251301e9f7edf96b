export {
  type Initializer,
  type Initializers,
  irVersion,
  type LoweredModel,
  type LowerOptions,
  lower,
  opsetVersion,
} from './lower.ts';
