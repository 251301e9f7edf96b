/** A list with a `T` for every item of `L`: of `[Tensor, Tensor]` it is `[T, T]`, of `Tensor[]` it is `T[]`. */
export type Each<L extends readonly unknown[], T> = { -readonly [I in keyof L]: T };
