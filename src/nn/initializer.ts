/** A source of uniform numbers in [0, 1). */
export type Uniform = () => number;

/** Fills a parameter of a shape. Formulas and names are PyTorch's (`torch.nn.init`). */
export type Initializer = (shape: readonly number[], uniform: Uniform) => Float32Array;

const count = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

function fill(shape: readonly number[], draw: () => number): Float32Array {
  const values = new Float32Array(count(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}

/** Inputs and outputs of a weight [out, in, ...receptive field]. */
function fans([out, into, ...field]: readonly number[]): { fanIn: number; fanOut: number } {
  const receptive = count(field);
  return { fanIn: into * receptive, fanOut: out * receptive };
}

/** A standard normal draw. Source: Box & Muller 1958. */
function gaussian(uniform: Uniform): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A constant for every element. */
export const constant =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(count(shape)).fill(value);

/** Every element 0. */
export const zeros: Initializer = constant(0);
/** Every element 1. */
export const ones: Initializer = constant(1);

/** U(a, b). */
export const uniform =
  (a: number, b: number): Initializer =>
  (shape, draw) =>
    fill(shape, () => a + (b - a) * draw());

/** N(mean, std²). */
export const normal =
  (mean: number, std: number): Initializer =>
  (shape, draw) =>
    fill(shape, () => mean + std * gaussian(draw));

/** N(0, std²) with one row of zeros, for an embedding's padding. */
export const normalWithPadding =
  (std: number, paddingRow: number): Initializer =>
  (shape, draw) => {
    const table = normal(0, std)(shape, draw);
    return table.fill(0, paddingRow * shape[1], (paddingRow + 1) * shape[1]);
  };

/** U(−a, a), a = gain·√(6/(fan_in + fan_out)). Source: Glorot & Bengio 2010, eq. 16. */
export const xavierUniform =
  (gain = 1): Initializer =>
  (shape, draw) => {
    const { fanIn, fanOut } = fans(shape);
    const a = gain * Math.sqrt(6 / (fanIn + fanOut));
    return uniform(-a, a)(shape, draw);
  };

/** N(0, gain²·2/(fan_in + fan_out)). Source: Glorot & Bengio 2010. */
export const xavierNormal =
  (gain = 1): Initializer =>
  (shape, draw) => {
    const { fanIn, fanOut } = fans(shape);
    return normal(0, gain * Math.sqrt(2 / (fanIn + fanOut)))(shape, draw);
  };

/** U(−b, b), b = √(6/((1 + a²)·fan_in)); PyTorch's linear layers use a = √5. Source: He et al. 2015. */
export const kaimingUniform =
  (a = Math.sqrt(5)): Initializer =>
  (shape, draw) => {
    const bound = Math.sqrt(6 / ((1 + a * a) * fans(shape).fanIn));
    return uniform(-bound, bound)(shape, draw);
  };

/** U(−1/√fan_in, 1/√fan_in): PyTorch's bias of a linear layer. */
export const fanInUniform =
  (fanIn: number): Initializer =>
  (shape, draw) =>
    uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn))(shape, draw);
