/** Where the value of a parameter comes from: a file, nowhere yet (it is new), or another parameter it repeats. */
export type WeightOrigin = 'file' | 'new' | 'alias';

/** A model's weights by the model's names, read one at a time. */
export interface WeightStore {
  /** Every parameter of the model. */
  readonly names: Iterable<string>;
  /** The value of a parameter that is not new. A store that reads a file on demand need not hold the whole model. */
  read(name: string): Float32Array | Promise<Float32Array>;
  origin(name: string): WeightOrigin;
}
