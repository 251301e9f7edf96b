/**
 * Zeros in memory that is used again. A step needs hundreds of kilobytes; as new buffers they would make the garbage collector
 * look through the whole heap every few steps.
 */
export class Zeros {
  #memory = new Float32Array();

  /** So many zeros, to be written over; the next call takes the memory again. */
  take(length: number): Float32Array {
    if (this.#memory.length < length) this.#memory = new Float32Array(2 * length);
    return this.#memory.subarray(0, length).fill(0);
  }
}
