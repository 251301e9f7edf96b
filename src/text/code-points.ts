/** A text whose places are code points, as Python's are, and not UTF-16 units. */
export interface CodePoints {
  readonly length: number;
  /** The text between two places. */
  slice(start: number, end: number): string;
  /** The UTF-16 unit at which a place begins. */
  unitOf(place: number): number;
}

/** The code points of a text. For a text without characters of two units, units are places. */
export function codePoints(text: string): CodePoints {
  if (!/[\ud800-\udfff]/.test(text)) {
    return { length: text.length, slice: (start, end) => text.slice(start, end), unitOf: (place) => place };
  }
  const units: number[] = [];
  let unit = 0;
  for (const character of text) {
    units.push(unit);
    unit += character.length;
  }
  const unitOf = (place: number): number => units[place] ?? text.length;
  return { length: units.length, slice: (start, end) => text.slice(unitOf(start), unitOf(end)), unitOf };
}
