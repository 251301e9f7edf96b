/** Where the value of a parameter comes from: a file, or nowhere yet, since it is new. */
export type WeightOrigin = 'file' | 'new';

/** A model's weights by the model's names, read one at a time. */
export interface WeightStore {
  /** Every parameter of the model. */
  readonly names: Iterable<string>;
  /** The value of a parameter that is not new. A store that reads a file on demand need not hold the whole model. */
  read(name: string): Float32Array | Promise<Float32Array>;
  origin(name: string): WeightOrigin;
}
