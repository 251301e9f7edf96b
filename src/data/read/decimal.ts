const decimal = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** Whether a cell is a number in decimal digits that a float32 holds: `-1.5e3`, but not `0x10`, `1_000` or `1e39`. */
export function isDecimal(cell: string): boolean {
  return decimal.test(cell) && Number.isFinite(Math.fround(Number(cell)));
}
